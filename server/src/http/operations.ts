/** What the endpoints for operators' machinery ask of the running server: may it be sent requests, and what it counts. */

export interface Operations {
  /** Why no requests should be sent here now; null when they may. */
  findUnreadiness(): Unreadiness | null
  /** What does not hinder it from serving, but should be looked after. */
  listWarnings(): Promise<readonly string[]>
  printMetrics(): Promise<{ readonly mediaType: string; readonly text: string }>
}

/** `starting`: not yet registered. `lapsed`: it cannot keep its lease. `draining`: it was told to stop. */
export type Unreadiness = 'starting' | 'lapsed' | 'draining'
