/** The routes. What is not needed for the list of keys is loaded when it is first opened. */
import { QueryClientProvider } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { Redirect, Route, Router, Switch } from 'wouter'
import { ErrorBoundary } from './components/error-boundary.js'
import { FocusOnMove } from './components/focus-on-move.js'
import { Shell } from './components/shell.js'
import { Loading } from './components/spinner.js'
import { ToastPlace } from './components/toast.js'
import { askBeforeMove } from './leaving.js'
import { KeysPage } from './pages/keys.js'
import { NotFoundPage } from './pages/not-found.js'
import { queryClient } from './queries.js'

const AccountPage = lazy(async () => ({ default: (await import('./pages/account.js')).AccountPage }))
const DenialsPage = lazy(async () => ({ default: (await import('./pages/denials.js')).DenialsPage }))
const ExplainPage = lazy(async () => ({ default: (await import('./pages/explain.js')).ExplainPage }))
const KeyEditPage = lazy(async () => ({ default: (await import('./pages/key-edit.js')).KeyEditPage }))
const KeyNewPage = lazy(async () => ({ default: (await import('./pages/key-new.js')).KeyNewPage }))
const SessionsPage = lazy(async () => ({ default: (await import('./pages/sessions.js')).SessionsPage }))
const SignInPage = lazy(async () => ({ default: (await import('./pages/sign-in.js')).SignInPage }))
const SshKeysPage = lazy(async () => ({ default: (await import('./pages/ssh-keys.js')).SshKeysPage }))

export function App() {
  return (
    <ErrorBoundary>
      <QueryClientProvider client={queryClient}>
        <Router aroundNav={askBeforeMove}>
          <Suspense fallback={<Loading />}>
            <Switch>
              <Route path="/sign-in" component={SignInPage} />
              <Route component={SignedInRoutes} />
            </Switch>
          </Suspense>
          <FocusOnMove />
        </Router>
        <ToastPlace />
      </QueryClientProvider>
    </ErrorBoundary>
  )
}

function SignedInRoutes() {
  return (
    <Shell>
      <Suspense fallback={<Loading />}>
        <Switch>
          <Route path="/">
            <Redirect to="/keys" replace />
          </Route>
          <Route path="/keys" component={KeysPage} />
          <Route path="/keys/ssh" component={SshKeysPage} />
          <Route path="/keys/sessions" component={SessionsPage} />
          <Route path="/keys/new" component={KeyNewPage} />
          <Route path="/keys/:id">{({ id }) => <KeyEditPage id={Number(id)} />}</Route>
          <Route path="/explain" component={ExplainPage} />
          <Route path="/denials" component={DenialsPage} />
          <Route path="/account" component={AccountPage} />
          <Route component={NotFoundPage} />
        </Switch>
      </Suspense>
    </Shell>
  )
}
