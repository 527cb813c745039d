/** `serve`: runs the server until it is told to stop. */
import type { Command } from 'commander'
import type { Session } from './session.js'

/** Two signals closer together are one: npm passes on a Ctrl-C that the terminal has already sent. */
const sameSignalMs = 500

export function addServeCommand(program: Command, session: Session): void {
  program
    .command('serve')
    .description('run the server; settings come from KEYPORTER_… variables')
    .action(() => serve(session))
}

async function serve(session: Session): Promise<void> {
  const stopped = waitForSignal()
  const app = await session.openApp(session.loadConfig())
  session.output.result({ url: app.url, announcements: app.announcements }, app.announcements)
  await stopped
  await app.close()
}

/** Resolves at the first SIGTERM or SIGINT. A second one finds no listener, so that it ends the process at once. */
function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      resolve()
      setTimeout(() => {
        process.off('SIGTERM', stop)
        process.off('SIGINT', stop)
      }, sameSignalMs).unref()
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
  })
}
