import { describe, expect, it } from 'vitest'
import { createSignInLink } from '../../src/actions/accounts.js'
import { createKey, listKeys } from '../../src/actions/keys.js'
import { nobodysHash, openPasswords, type Passwords } from '../../src/actions/passwords.js'
import { revokeSession, signOut } from '../../src/actions/sessions.js'
import { openSignIn, type SignIn } from '../../src/actions/sign-in.js'
import { getUser } from '../../src/actions/users.js'
import { openKeySource } from '../../src/actions/verify-source.js'
import { Denied, Fault } from '../../src/fault.js'
import { nameSession } from '../../src/secrets.js'
import { createWorld, makeVisitor, newKey, openSession, type World } from './world.js'

const email = 'owner@example.com'
const password = 'correct horse battery'
const real = openPasswords({ maxRunning: 2, maxWaiting: 64 })

interface Attempt {
  readonly hashed: string | null
}

/** A world whose owner has a password; `attempts` are the comparisons that were made since. */
async function createSignIn(passwords: Passwords = real, store?: World) {
  const world = store ?? (await createWorld())
  const attempts: Attempt[] = []
  const clock = { ms: 0 }
  const signIn = openSignIn(world.context, {
    keys: openKeySource(world.context),
    provider: null,
    shares: 1,
    monotonic: () => clock.ms,
    passwords: {
      hash: passwords.hash,
      verify(hashed, given) {
        attempts.push({ hashed })
        return passwords.verify(hashed, given)
      },
    },
  })
  const accountId = world.owner.principal.account.id
  const setPassword = async (given = password) => {
    const { linkToken: token } = await createSignInLink(world.context, accountId)
    return signIn.byLink({ token, password: given }, makeVisitor())
  }
  await setPassword()
  return { world, context: world.context, signIn, attempts, accountId, setPassword, clock }
}

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (thrown: unknown) => (thrown instanceof Fault ? thrown.code : thrown),
  )
const tryWrong = (signIn: SignIn, address: string, name = email) =>
  codeOf(signIn.byPassword({ email: name, password: 'not the password' }, makeVisitor(address)))

describe('an unknown account and a wrong password', () => {
  it('take the same way: one comparison with a hash of the same cost', async () => {
    const { signIn, attempts } = await createSignIn()
    expect(await tryWrong(signIn, '192.0.2.1')).toBe('auth_error')
    expect(await tryWrong(signIn, '192.0.2.1', 'nobody@example.com')).toBe('auth_error')
    // The operator has no password yet.
    expect(await tryWrong(signIn, '192.0.2.1', 'admin@localhost')).toBe('auth_error')
    expect(attempts).toEqual([{ hashed: expect.stringMatching(/^\$argon2id\$/) }, { hashed: null }, { hashed: null }])
  })

  it('cost the same, and what nobody has is nobody’s password', async () => {
    const hashed = await real.hash(password)
    const parameters = '$argon2id$v=19$m=19456,t=2,p=1$'
    expect([hashed, nobodysHash].map((each) => each.startsWith(parameters))).toEqual([true, true])
    expect(await real.verify(hashed, password)).toBe(true)
    expect(await real.verify(null, password)).toBe(false)
    // Either waits for its turn, and is told so where there is none.
    const full = openPasswords({ maxRunning: 0, maxWaiting: 0 })
    for (const each of [hashed, null]) await expect(full.verify(each, password)).rejects.toMatchObject({ code: 'busy' })
  })
})

describe('guessing', () => {
  it('is slow for an address, whatever accounts it tries, and others are not slowed', async () => {
    const { signIn } = await createSignIn()
    for (let i = 0; i < 20; i++) expect(await tryWrong(signIn, '192.0.2.9', `u${i}@example.com`)).toBe('auth_error')
    expect(await tryWrong(signIn, '192.0.2.9', 'more@example.com')).toBe('rate_limited')
    expect(await codeOf(signIn.byPassword({ email, password }, makeVisitor('192.0.2.9')))).toBe('rate_limited')
    expect(await codeOf(signIn.byPassword({ email, password }, makeVisitor('192.0.2.10')))).toBe('done')
  })

  it('says when to come again, and costs nothing then', async () => {
    const { signIn, attempts, clock } = await createSignIn()
    for (let i = 0; i < 20; i++) await tryWrong(signIn, '192.0.2.9', `u${i}@example.com`)
    const before = attempts.length
    const refused = await signIn.byPassword({ email, password }, makeVisitor('192.0.2.9')).catch((error) => error)
    expect(refused).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 3 })
    expect(refused.message).toBe('Too many failed attempts to sign in from your address; try again in 3 s.')
    expect(attempts.length).toBe(before)
    clock.ms = 3_000
    expect(await codeOf(signIn.byPassword({ email, password }, makeVisitor('192.0.2.9')))).toBe('done')
  })

  it('is slow for an account, whatever addresses it comes from', async () => {
    const { signIn } = await createSignIn()
    for (let i = 0; i < 10; i++) expect(await tryWrong(signIn, `198.51.100.${i}`, email)).toBe('auth_error')
    const refused = await signIn.byPassword({ email, password }, makeVisitor('203.0.113.1')).catch((error) => error)
    expect(refused).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 10 })
    expect(refused.message).toBe('Too many failed attempts to sign in to this account; try again in 10 s.')
    // In whatever case, and whether it exists or not.
    expect(await tryWrong(signIn, '203.0.113.2', email.toUpperCase())).toBe('rate_limited')
    for (let i = 0; i < 10; i++) await tryWrong(signIn, `198.51.100.${i}`, 'nobody@example.com')
    expect(await tryWrong(signIn, '203.0.113.2', 'nobody@example.com')).toBe('rate_limited')
  })

  it('locks nobody out from where he has signed in before', async () => {
    const { signIn } = await createSignIn()
    expect(await codeOf(signIn.byPassword({ email, password }, makeVisitor('203.0.113.7')))).toBe('done')
    for (let i = 0; i < 30; i++) await tryWrong(signIn, `198.51.100.${i}`, email)
    expect(await codeOf(signIn.byPassword({ email, password }, makeVisitor('203.0.113.8')))).toBe('rate_limited')
    expect(await codeOf(signIn.byPassword({ email, password }, makeVisitor('203.0.113.7')))).toBe('done')
    // Nor is guessing free from there.
    for (let i = 0; i < 10; i++) expect(await tryWrong(signIn, '203.0.113.7')).toBe('auth_error')
    expect(await tryWrong(signIn, '203.0.113.7')).toBe('rate_limited')
  })

  it('does not count who signs in', async () => {
    const { signIn } = await createSignIn()
    for (let i = 0; i < 25; i++)
      expect(await codeOf(signIn.byPassword({ email, password }, makeVisitor('192.0.2.9')))).toBe('done')
  }, 30_000)

  it('does count who does nothing else, and others have no part in it', async () => {
    const quick = { hash: real.hash, verify: async (_hashed: string | null, given: string) => given === password }
    const { signIn, clock } = await createSignIn(quick)
    const enter = (address: string) => signIn.byPassword({ email, password }, makeVisitor(address))
    for (let i = 0; i < 10; i++) await tryWrong(signIn, `198.51.100.${i}`)
    clock.ms = 600_000
    for (let i = 0; i < 100; i++) expect(await codeOf(enter(`203.0.113.${i}`))).toBe('done')
    const refused = await enter('192.0.2.9').catch((error) => error)
    expect(refused).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 2 })
    expect(refused.message).toBe('Too many sign-ins to this account; try again in 2 s.')
    expect(await tryWrong(signIn, '192.0.2.9', 'admin@localhost')).toBe('auth_error')
    clock.ms += 2_000
    expect(await codeOf(enter('192.0.2.9'))).toBe('done')
  }, 30_000)

  it('that comes to nothing is not counted: whoever was told to come again may', async () => {
    let busy = true
    const quick = {
      hash: real.hash,
      verify: async (_hashed: string | null, given: string) => {
        if (busy) throw new Fault('busy', 'Too many people sign in at once.')
        return given === password
      },
    }
    const { signIn } = await createSignIn(quick)
    for (let i = 0; i < 120; i++) {
      const address = makeVisitor(`198.51.100.${i}`)
      expect(await codeOf(signIn.byPassword({ email, password }, address))).toBe('busy')
    }
    busy = false
    expect(await codeOf(signIn.byPassword({ email, password }, makeVisitor()))).toBe('done')
  })

  it('at links is slow too', async () => {
    const { signIn } = await createSignIn()
    const guess = () => codeOf(signIn.byLink({ token: 'x'.repeat(43), password }, makeVisitor('192.0.2.9')))
    for (let i = 0; i < 20; i++) expect(await guess()).toBe('auth_error')
    expect(await guess()).toBe('rate_limited')
  })

  it('at the current password is slow too, whatever it is asked for', async () => {
    const { world, signIn, accountId } = await createSignIn()
    const { caller } = await openSession(world, accountId)
    const change = (currentPassword: string) =>
      codeOf(signIn.changePassword(caller, { currentPassword, password: 'another good one' }, makeVisitor()))
    const rename = (currentPassword: string) =>
      codeOf(signIn.changeEmail(caller, { currentPassword, email: 'new@example.com' }, makeVisitor()))
    for (let i = 0; i < 5; i++) expect(await change(`guess ${i}`)).toBe('not_authorized')
    for (let i = 0; i < 5; i++) expect(await rename(`guess ${i}`)).toBe('not_authorized')
    expect([await change(password), await rename(password)]).toEqual(['rate_limited', 'rate_limited'])
  })

  it('at the sign-in keeps nobody signed in from changing the password: a user’s number is no e-mail', async () => {
    const { world, signIn, accountId } = await createSignIn()
    const { caller } = await openSession(world, accountId)
    for (let i = 0; i < 10; i++) await tryWrong(signIn, `198.51.100.${i}`, `#${accountId}`)
    const change = { currentPassword: password, password: 'another good one' }
    expect(await codeOf(signIn.changePassword(caller, change, makeVisitor('203.0.113.7')))).toBe('done')
  })

  it('is slow for an address also where the account is worn out already', async () => {
    const { signIn } = await createSignIn()
    for (let i = 0; i < 10; i++) await tryWrong(signIn, `198.51.100.${i}`)
    const guess = () =>
      signIn.byPassword({ email, password: 'not it' }, makeVisitor('192.0.2.9')).catch((error) => error)
    for (let i = 0; i < 20; i++) expect((await guess()).message).toContain('to this account')
    expect((await guess()).message).toContain('from your address')
  })

  it('is counted also for what can be nobody’s e-mail', async () => {
    const { signIn } = await createSignIn()
    for (let i = 0; i < 20; i++) expect(await tryWrong(signIn, '192.0.2.9', `\u0000${i}`)).toBe('auth_error')
    expect(await tryWrong(signIn, '192.0.2.9', '\u0000')).toBe('rate_limited')
  })
})

describe('many who sign in at once', () => {
  it('are ten thousand: whoever cannot be checked soon is told to come again, and memory stays', async () => {
    const { signIn } = await createSignIn()
    const heldBefore = process.memoryUsage().rss
    const codes = new Map<unknown, number>()
    await Promise.all(
      Array.from({ length: 10_000 }, async (_, i) => {
        const code = await tryWrong(signIn, `10.1.${i >> 8}.${i & 255}`, `user${i}@example.com`)
        codes.set(code, (codes.get(code) ?? 0) + 1)
      }),
    )
    expect([...codes.keys()].sort()).toEqual(['auth_error', 'busy'])
    expect(codes.get('auth_error')! + codes.get('busy')!).toBe(10_000)
    // Each check has 19 MiB while it runs.
    expect(process.memoryUsage().rss - heldBefore).toBeLessThan(256_000_000)
    expect(await codeOf(signIn.byPassword({ email, password }, makeVisitor()))).toBe('done')
  }, 60_000)
})

describe('a password that is replaced meanwhile', () => {
  it('signs nobody in any more', async () => {
    const { world, setPassword } = await createSignIn()
    let wasAsked = () => {}
    const asked = new Promise<void>((resolve) => {
      wasAsked = resolve
    })
    let answer = () => {}
    const slow = {
      ...real,
      verify: async (hashed: string | null, given: string) => {
        wasAsked()
        await new Promise<void>((resolve) => {
          answer = resolve
        })
        return real.verify(hashed, given)
      },
    }
    const signIn = openSignIn(world.context, {
      passwords: slow,
      keys: openKeySource(world.context),
      provider: null,
      shares: 1,
      monotonic: () => 0,
    })
    const late = codeOf(signIn.byPassword({ email, password }, makeVisitor()))
    await asked
    await setPassword('another good one')
    answer()
    expect(await late).toBe('auth_error')
  })
})

it('an email is not changed by a password that the same session has replaced meanwhile', async () => {
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  let asked = 0
  const { world, context, signIn, accountId } = await createSignIn({
    hash: real.hash,
    async verify(hashed, given) {
      if (asked++ === 0) await gate
      return real.verify(hashed, given)
    },
  })
  const { caller } = await openSession(world, accountId)
  const late = codeOf(
    signIn.changeEmail(caller, { currentPassword: password, email: 'new@example.com' }, makeVisitor()),
  )
  await expect.poll(() => asked).toBe(1)
  await signIn.changePassword(caller, { currentPassword: password, password: 'another good one' }, makeVisitor())
  open()
  expect(await late).toBe('not_authorized')
  expect((await getUser(context, caller)).email).toBe(email)
})

it('a password is changed once by two who know the same one', async () => {
  const { world, signIn, accountId } = await createSignIn()
  const { caller } = await openSession(world, accountId)
  const change = (next: string) =>
    codeOf(signIn.changePassword(caller, { currentPassword: password, password: next }, makeVisitor()))
  const codes = await Promise.all([change('one good password'), change('other good password')])
  expect(codes.sort()).toEqual(['done', 'not_authorized'])
})

describe('a write of a session', () => {
  it.each([
    [
      'its password was changed elsewhere',
      'revoked',
      async ({ world, signIn, accountId }: Awaited<ReturnType<typeof createSignIn>>) => {
        const { caller } = await openSession(world, accountId)
        await signIn.changePassword(caller, { currentPassword: password, password: 'another good one' }, makeVisitor())
      },
    ],
    [
      'it was signed out',
      'revoked',
      ({ context }: Awaited<ReturnType<typeof createSignIn>>, secret: string) =>
        signOut(context, openKeySource(context), secret),
    ],
    [
      'it is over',
      'expired',
      async ({ world }: Awaited<ReturnType<typeof createSignIn>>) => {
        world.nowMs += 7 * 86_400_000
      },
    ],
  ] as const)('is refused when, since it was admitted, %s', async (_what, reason, lose) => {
    const made = await createSignIn()
    const { caller, secret } = await openSession(made.world, made.accountId)
    const before = await listKeys(made.context, made.world.owner)
    await lose(made, secret)
    const refusal = await createKey(made.context, caller, newKey({ name: 'late' })).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(Denied)
    expect((refusal as Denied).decision.denial.reason).toBe(reason)
    expect(await listKeys(made.context, made.world.owner)).toEqual(before)
  })

  it('goes on while another session is revoked', async () => {
    const { world, context, accountId } = await createSignIn()
    const { caller } = await openSession(world, accountId)
    const other = await openSession(world, accountId)
    await revokeSession(context, caller, other.sessionId)
    expect((await createKey(context, caller, newKey({ name: 'made' }))).key.createdByKeyId).toBeNull()
  })
})

describe('signing out', () => {
  it('takes no lock for a cookie that is unknown', async () => {
    const { context } = await createSignIn()
    let writes = 0
    const store = { ...context.store, write: () => Promise.reject(new Error(`write ${++writes}`)) }
    await signOut({ ...context, store }, openKeySource(context), 'x'.repeat(43))
    expect(writes).toBe(0)
  })

  it('asks the store by the way that bounds how often anybody may', async () => {
    const { context } = await createSignIn()
    let reads = 0
    const store = { ...context.store, read: () => Promise.reject(new Error(`read ${++reads}`)) }
    const asked: string[] = []
    const find = async (digest: string) => {
      asked.push(digest)
      throw new Fault('busy', 'Too many ask at once.')
    }
    const secret = 'x'.repeat(43)
    const keys = { findNow: () => undefined, find }
    expect(await codeOf(signOut({ ...context, store }, keys, secret))).toBe('busy')
    expect([reads, asked]).toEqual([0, [nameSession(secret)]])
  })
})

describe('sessions that pile up', () => {
  it('are at most a hundred for a user: a further one ends the oldest', async () => {
    const { world, context, accountId } = await createSignIn()
    const first = await openSession(world, accountId)
    for (let i = 0; i < 99; i++) await openSession(world, accountId)
    const find = async () => {
      const presented = await openKeySource(context).find(nameSession(first.secret))
      return presented.kind === 'known' && presented.principal.kind === 'session' ? presented.principal.session : null
    }
    expect((await find())?.revokedAt).toBeNull()
    await openSession(world, accountId)
    expect((await find())?.revokedAt).toEqual(new Date(world.nowMs))
  }, 60_000)

  it('are remembered, once they are over, a hundred of a user, and none in force is forgotten for it', async () => {
    const { world, context, accountId } = await createSignIn()
    const lasting = await openSession(world, accountId)
    const short: string[] = []
    for (let i = 0; i < 110; i++) {
      const { secret } = await openSession(world, accountId)
      await signOut(context, openKeySource(context), secret)
      short.push(secret)
    }
    await openSession(world, accountId)
    const kindOf = async (secret: string) => (await openKeySource(context).find(nameSession(secret))).kind
    const kinds = await Promise.all([lasting.secret, ...short].map(kindOf))
    expect([kinds[0], kinds.filter((kind) => kind === 'known').length]).toEqual(['known', 101])
    expect(kinds.slice(1, 11)).toEqual(Array(10).fill('unknown'))
    const other = await context.store.read((db) =>
      db.selectFrom('sessions').select('id').where('user_id', '=', accountId).execute(),
    )
    expect(other).toHaveLength(103)
  }, 60_000)

  it('are purged a month after their end, and unknown from then on', async () => {
    const { world, context, accountId } = await createSignIn()
    const { secret } = await openSession(world, accountId)
    const kindOf = async () => (await openKeySource(context).find(nameSession(secret))).kind
    world.nowMs += 37 * 86_400_000
    await openSession(world, accountId)
    expect(await kindOf()).toBe('known')
    world.nowMs += 1
    await openSession(world, accountId)
    expect(await kindOf()).toBe('unknown')
  })
})
