/** Requests that were refused lately, each with the way to why. */
import type { AccountDenial } from '@keyporter/sdk'
import { useQuery } from '@tanstack/react-query'
import { RefreshCw, ShieldCheck } from 'lucide-react'
import { Link } from 'wouter'
import { client } from '../client.js'
import { Badge } from '../components/badge.js'
import { Button, ButtonLink } from '../components/button.js'
import { Empty } from '../components/empty.js'
import { ErrorNotice } from '../components/notice.js'
import { Page, Panel } from '../components/page.js'
import { Loading } from '../components/spinner.js'
import { Cell, HeadCell, Row, Table, TableBody, TableHead } from '../components/table.js'
import { Time } from '../components/time.js'
import { printAskedForm } from '../explain/asked.js'
import { nameKey } from '../keys/key-words.js'

/** As many as are kept. */
const mostKept = 200

export function DenialsPage() {
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['denials'],
    queryFn: () => client.showDenials({ limit: mostKept }),
  })
  return (
    <Page
      title="Denials"
      description={`Requests of your keys that were refused: the last ${mostKept}, without their queries and bodies.`}
      action={
        <Button icon={RefreshCw} busy={isFetching && data !== undefined} onClick={() => refetch()}>
          Refresh
        </Button>
      }
    >
      {error ? (
        <ErrorNotice error={error} onRetry={() => refetch()} />
      ) : !data ? (
        <Loading />
      ) : (
        <Panel>{data.length === 0 ? <NoDenials /> : <DenialTable denials={data} />}</Panel>
      )}
    </Page>
  )
}

function NoDenials() {
  return (
    <Empty
      icon={ShieldCheck}
      title="Nothing was refused lately"
      action={<ButtonLink href="/explain">Ask about a request</ButtonLink>}
    >
      When a key asks for what it may not have, the request is listed here with its reason.
    </Empty>
  )
}

function DenialTable({ denials }: { denials: readonly AccountDenial[] }) {
  return (
    <Table label="Denials">
      <TableHead>
        <HeadCell>When</HeadCell>
        <HeadCell className="w-[18%]">Key</HeadCell>
        <HeadCell className="w-[30%]">Request</HeadCell>
        <HeadCell className="w-[30%]">Why</HeadCell>
        <HeadCell>From</HeadCell>
        <HeadCell className="w-0">
          <span className="sr-only">Explain</span>
        </HeadCell>
      </TableHead>
      <TableBody>
        {denials.map((denial) => (
          <DenialRow key={denial.id} denial={denial} />
        ))}
      </TableBody>
    </Table>
  )
}

/** Where the answer must not tell why, since whoever asked is not known to be the holder of the key. */
const untold: Readonly<Record<string, string>> = {
  reset: 'The secret was replaced by a reset.',
  deleted: 'The key was deleted.',
  disabled: 'The key is disabled.',
  expired: 'The key has expired.',
  not_yet: 'The key is not valid yet.',
}

function DenialRow({ denial }: { denial: AccountDenial }) {
  const { keyId, method, path, address, msg, reason, status } = denial
  const name = keyId === null ? 'Signed-in browser' : nameKey({ id: keyId, name: denial.keyName, hint: denial.keyHint })
  return (
    <Row>
      <Cell className="order-1 text-sm text-muted lg:order-none">
        <Time at={denial.at} />
      </Cell>
      <Cell heading className="order-3 col-span-2 lg:order-none">
        {keyId === null ? (
          name
        ) : (
          <Link
            href={`/keys/${keyId}`}
            className="font-medium wrap-anywhere hover:underline lg:inline-block lg:min-w-24"
          >
            {name}
          </Link>
        )}
        {denial.keyName && <span className="block font-mono text-xs text-muted">{denial.keyHint}</span>}
      </Cell>
      <Cell className="order-4 col-span-2 lg:order-none">
        <span className="line-clamp-3 font-mono text-sm break-all" title={`${method} ${path}`}>
          {method} {path}
        </span>
      </Cell>
      <Cell className="order-5 col-span-2 lg:order-none">
        <span className="wrap-anywhere">{untold[reason] ?? msg}</span>{' '}
        <Badge tone={status === 401 ? 'danger' : 'warn'}>
          {status} {reason.replaceAll('_', ' ')}
        </Badge>
      </Cell>
      <Cell label="From" className="order-6 lg:order-none">
        <span className="font-mono text-sm break-all lg:whitespace-nowrap">{address ?? 'unknown'}</span>
      </Cell>
      <Cell className="order-2 lg:order-none">
        {keyId !== null && (
          <ButtonLink
            href={`/explain?${printAskedForm({ key: String(keyId), method, path, body: '', client: address ?? '' })}`}
            size="sm"
          >
            Explain
            <span className="sr-only">
              {' '}
              {method} {path} of {name}
            </span>
          </ButtonLink>
        )}
      </Cell>
    </Row>
  )
}
