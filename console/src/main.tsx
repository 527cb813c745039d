/** The console's entry: nothing but mounting. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './main.css'

createRoot(document.getElementById('root')!).render(<StrictMode>Keyporter</StrictMode>)
