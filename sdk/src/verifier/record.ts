/**
 * A loaded record as the verifier feed carries it: plain JSON, the permissions as the stored document. Whoever reads it
 * compiles the grant with its own catalog. Instants are milliseconds of the epoch, so that none is rounded.
 */
import {
  type Account,
  type Block,
  type Catalog,
  compileGrant,
  type Grant,
  type HeldKey,
  type Permissions,
  type Presented,
  parseBlock,
  printBlock,
  printPermissions,
  readStoredPermissions,
} from '@keyporter/core'
import {
  type Field,
  flag,
  integer,
  nullable,
  readMember,
  readMemberList,
  readObject,
  readShape,
  type Shape,
  ShapeError,
  text,
} from '../shape.js'
import type { Kind, Loaded, Touch } from './source.js'

/** Compiles a stored document. Equal documents may share one grant. */
export type CompileDocument = (document: unknown) => { readonly permissions: Permissions; readonly grant: Grant }

/** Compiles documents for one catalog, each once: many keys have the same. */
export function createCompiler(catalog: Catalog): CompileDocument {
  const compiled = new Map<string, ReturnType<CompileDocument>>()
  return (document) => {
    const name = JSON.stringify(document)
    let found = compiled.get(name)
    if (!found) {
      const permissions = readStoredPermissions(document)
      found = { permissions, grant: compileGrant(permissions, catalog) }
      if (compiled.size >= maxDocuments) compiled.delete(compiled.keys().next().value!)
      compiled.set(name, found)
    }
    return found
  }
}

const maxDocuments = 10_000

export function printLoaded({ value, dependsOn }: Loaded<Presented>): Record<string, unknown> {
  return { record: value && printPresented(value), dependsOn }
}

/** Throws `ShapeError`. */
export function readLoaded(answer: unknown, compile: CompileDocument): Loaded<Presented> {
  const value = readMember(readObject(answer), 'record', (record) =>
    record === null ? null : readPresented(record, compile),
  )
  return { value, dependsOn: readTouches(answer, 'dependsOn') }
}

export function readTouches(answer: unknown, wire: string): Touch[] {
  return readMemberList(answer, wire, (touch) => readShape(touchShape, touch))
}

function printPresented(presented: Presented): Record<string, unknown> | null {
  if (presented.kind !== 'known' && presented.kind !== 'reset') return null
  // A session is good at the console alone; to verifiers elsewhere there is no such secret.
  if (presented.principal.kind !== 'key') return null
  const { key, account } = presented.principal
  return {
    kind: presented.kind,
    key: {
      id: key.id,
      name: key.name,
      permissions: printPermissions(key.permissions),
      addresses: key.addresses?.map(printBlock) ?? null,
      ...Object.fromEntries(optionalInstants.map((name) => [name, key[name]?.getTime() ?? null])),
    },
    account: { id: account.id, operator: account.operator, suspendedAt: account.suspendedAt?.getTime() ?? null },
  }
}

const optionalInstants = ['notBefore', 'expiresAt', 'disabledAt', 'deletedAt', 'resetAt'] as const

function readPresented(record: unknown, compile: CompileDocument): Presented {
  const object = readObject(record)
  const kind = readMember(object, 'kind', (value) => {
    if (value !== 'known' && value !== 'reset') throw new ShapeError('is not known or reset')
    return value
  })
  const account = readMember(object, 'account', (value) => readShape(accountShape, value))
  return readMember(object, 'key', (value) => {
    const { permissions, grant } = readMember(readObject(value), 'permissions', (document) => {
      try {
        return compile(document)
      } catch {
        throw new ShapeError('is not a permission document')
      }
    })
    const held = readShape(keyShape, value)
    const { id, name, addresses, notBefore, expiresAt, disabledAt, deletedAt, resetAt } = held
    // Member by member: a million of these are held, and a spread leaves room for members that never come.
    const key: HeldKey = { id, name, permissions, addresses, notBefore, expiresAt, disabledAt, deletedAt, resetAt }
    return { kind, principal: { kind: 'key', key, account, grant } }
  })
}

const keyShape: Shape<Omit<HeldKey, 'permissions'>> = {
  id: integer('id'),
  name: nullable(text('name')),
  addresses: required(nullable(blockList('addresses'))),
  notBefore: required(nullable(milliseconds('notBefore'))),
  expiresAt: required(nullable(milliseconds('expiresAt'))),
  disabledAt: required(nullable(milliseconds('disabledAt'))),
  deletedAt: required(nullable(milliseconds('deletedAt'))),
  resetAt: required(nullable(milliseconds('resetAt'))),
}

const accountShape: Shape<Account> = {
  id: integer('id'),
  operator: flag('operator'),
  suspendedAt: required(nullable(milliseconds('suspendedAt'))),
}

const kinds: readonly Kind[] = ['key', 'account', 'session', 'user', 'role']

const touchShape: Shape<Touch> = {
  kind: {
    wire: 'kind',
    read(value) {
      const kind = kinds.find((each) => each === value)
      if (!kind) throw new ShapeError('is not a kind of record')
      return kind
    },
    print: (value) => value,
  },
  id: integer('id'),
}

/** Where null widens what a key may do, a missing member is not taken for it. */
function required<T>(field: Field<T>): Field<T> {
  return {
    ...field,
    read(value) {
      if (value === undefined) throw new ShapeError('is missing')
      return field.read(value)
    },
  }
}

function milliseconds(wire: string): Field<Date> {
  const whole = integer(wire)
  return { wire, read: (value) => new Date(whole.read(value)), print: (at) => at.getTime() }
}

function blockList(wire: string): Field<readonly Block[]> {
  return {
    wire,
    read(value) {
      if (!Array.isArray(value)) throw new ShapeError('is not a list')
      return value.map((item) => {
        const block = typeof item === 'string' ? parseBlock(item) : null
        if (!block) throw new ShapeError('has something that is no address block')
        return block
      })
    },
    print: (blocks) => blocks.map(printBlock),
  }
}
