/** `serve`: runs the server until it is told to stop. */
import type { Command } from 'commander'
import { findPrimaryLine, type PrimaryLine } from '../cluster/worker.js'
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
  const line = findPrimaryLine()
  if (line) return serveAsWorker(session, line, stopped)
  const config = session.loadConfig()
  const app = await (config.workers > 1 ? session.openCluster(config) : session.openApp(config))
  session.output.result({ url: app.url, announcements: app.announcements }, app.announcements)
  try {
    await Promise.race([stopped, app.failed])
  } finally {
    await app.close()
  }
}

/** One of several: its primary has announced all there is, and is told what goes wrong. */
async function serveAsWorker(session: Session, line: PrimaryLine, signalled: Promise<void>): Promise<void> {
  try {
    const app = await session.openApp(session.loadConfig())
    await signalled
    await app.close()
  } catch (problem) {
    await line.fail(problem)
  } finally {
    line.close()
  }
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
