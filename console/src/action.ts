/**
 * Calls that change something. They do not pass through the query cache, which would keep their arguments and answers:
 * a secret must live in one component only.
 */
import { useRef, useState } from 'react'
import { isSignedOut } from './failure.js'
import { endSession } from './session.js'

interface ActionState {
  readonly busy: boolean
  /** What the last run ended in; null while running and after success. */
  readonly error: unknown
}

const idle: ActionState = { busy: false, error: null }

/**
 * `start` resolves with the result, or with undefined when the call failed or one is still running. Where the session turns
 * out to be over, that is said by asking for another one; `signsIn`: what is refused here is the one who asks for one.
 */
export function useAction<Args extends readonly unknown[], Result>(
  run: (...args: Args) => Promise<Result>,
  { signsIn = false }: { readonly signsIn?: boolean } = {},
) {
  const [state, setState] = useState(idle)
  const isRunning = useRef(false)
  const start = async (...args: Args): Promise<Result | undefined> => {
    if (isRunning.current) return undefined
    isRunning.current = true
    setState({ busy: true, error: null })
    try {
      const result = await run(...args)
      setState(idle)
      return result
    } catch (error) {
      const isOver = !signsIn && isSignedOut(error)
      setState({ busy: false, error: isOver ? null : error })
      if (isOver) endSession()
      return undefined
    } finally {
      isRunning.current = false
    }
  }
  return { ...state, start, clear: () => setState(idle) }
}

/** Runs a call and tells how long it took, in whole milliseconds: with a change, until it was in force everywhere. */
export async function timeCall<Result>(run: () => Promise<Result>): Promise<{ result: Result; ms: number }> {
  const startedAt = performance.now()
  const result = await run()
  return { result, ms: Math.max(1, Math.round(performance.now() - startedAt)) }
}
