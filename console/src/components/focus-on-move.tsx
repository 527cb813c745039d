/** After a move to another page the focus is on its content, so that a screen reader begins there. */
import { useEffect, useRef } from 'react'
import { useLocation } from 'wouter'

/** Stands once, beside the routes. A page without `main` has an input that takes the focus by itself. */
export function FocusOnMove() {
  const [location] = useLocation()
  const last = useRef(location)
  useEffect(() => {
    if (last.current === location) return
    last.current = location
    document.getElementById('main')?.focus({ preventScroll: true })
    window.scrollTo(0, 0)
  }, [location])
  return null
}
