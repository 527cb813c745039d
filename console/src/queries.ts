/** What the console reads from the server and for how long it counts as fresh. Nothing here ever holds a secret. */
import { QueryCache, QueryClient, queryOptions } from '@tanstack/react-query'
import { client } from './client.js'
import { isSignedOut } from './failure.js'
import { endSession, onSessionEnd } from './session.js'

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (isSignedOut(error)) endSession()
    },
  }),
  // The client repeats what can be repeated.
  defaultOptions: { queries: { retry: false, staleTime: 5_000 } },
})

// Whoever signs in next sees nothing of what was read before.
onSessionEnd(() => queryClient.clear())

/** Who is signed in, and what they may do. */
export const whoamiQuery = queryOptions({ queryKey: ['whoami'], queryFn: () => client.whoami(), staleTime: 60_000 })

/** The endpoints that permissions can name. */
export const catalogQuery = queryOptions({
  queryKey: ['catalog'],
  queryFn: () => client.showCatalog(),
  staleTime: Number.POSITIVE_INFINITY,
})

/** Every list of keys, whatever its filter: what to invalidate when a key changed. */
export const keysQueryKey = ['keys'] as const

export const keyQuery = (id: number) =>
  queryOptions({ queryKey: [...keysQueryKey, id], queryFn: () => client.showApiKey(id) })

export const userQuery = queryOptions({ queryKey: ['user'], queryFn: () => client.showUser() })

export const sessionsQuery = queryOptions({ queryKey: ['sessions'], queryFn: () => client.showSessions() })

export const sshKeysQuery = queryOptions({ queryKey: ['ssh-keys'], queryFn: () => client.showSshKeys() })

export const identitiesQuery = queryOptions({ queryKey: ['identities'], queryFn: () => client.showIdentities() })

/** By what one can sign in here. Public. */
export const signInMethodsQuery = queryOptions({
  queryKey: ['sign-in-methods'],
  queryFn: () => client.showSignInMethods(),
  staleTime: Number.POSITIVE_INFINITY,
})
