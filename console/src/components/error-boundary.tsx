/** What stands when the console itself has failed: never a white page. */
import { Component, type ReactNode } from 'react'
import { Button } from './button.js'
import { Notice } from './notice.js'

interface ErrorBoundaryState {
  readonly failed: boolean
}

// React knows no other way to catch what is thrown while drawing.
export class ErrorBoundary extends Component<{ children: ReactNode }, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { failed: false }

  static getDerivedStateFromError(): ErrorBoundaryState {
    return { failed: true }
  }

  override render() {
    if (!this.state.failed) return this.props.children
    return (
      <main className="mx-auto max-w-xl p-6 pt-24">
        <Notice tone="danger">
          <p className="font-medium">The console has stopped.</p>
          <p className="mt-1 text-muted">
            Keys and sessions are not touched by this. After an update of the server, reloading is enough.
          </p>
          <Button size="sm" className="mt-3" onClick={() => window.location.reload()}>
            Reload
          </Button>
        </Notice>
      </main>
    )
  }
}
