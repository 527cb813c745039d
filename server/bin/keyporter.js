#!/usr/bin/env node
// The command as a file that is there before anything is built: npm links what it finds when it installs, and where it
// finds nothing, `npx keyporter` would ask the registry for a package of that name.
import '../dist/main.js'
