/** Asks before a page is left on which something would be lost. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { guardPage } from '../leaving.js'
import { whoamiQuery } from '../queries.js'
import { Button } from './button.js'
import { Dialog } from './dialog.js'

interface LeaveGuardProps {
  /** Whether there is anything to lose. */
  readonly when: boolean
  readonly title: string
  /** What would be lost. */
  readonly description: string
}

export function LeaveGuard({ when, title, description }: LeaveGuardProps) {
  const [asked, setAsked] = useState<{ readonly leave: () => void } | null>(null)
  // Whose it is: should the session end, it is given back to nobody else.
  useQuery({ ...whoamiQuery, enabled: when })
  useEffect(() => (when ? guardPage((leave) => setAsked({ leave })) : undefined), [when])
  const stay = () => setAsked(null)
  return asked === null ? null : (
    <Dialog
      open
      onClose={stay}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={stay}>Stay</Button>
          <Button
            variant="danger"
            onClick={() => {
              stay()
              asked.leave()
            }}
          >
            Leave
          </Button>
        </>
      }
    />
  )
}
