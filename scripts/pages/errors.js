// docs/errors.md: every error that can be answered, from the maps that answer with them.
import { describeDenial } from '../../core/dist/index.js'
import { denialGuide, faultGuide } from '../../server/dist/http/error-guide.js'
import { faultStatus } from '../../server/dist/http/faults.js'
import { code, generatedNote, writeJson, writeTable } from './markdown.js'

export function writeErrors() {
  return `${generatedNote}

# Errors

Every error is a JSON object, on every status:

${writeJson({ success: false, error: 'not_authorized', msg: describeDenial(denialGuide.permission.example).msg, reason: 'permission', request_id: '0b9f5c1e-…' })}

* ${code('error')} is for programs: a closed set, the tables below. ${code('msg')} is for people and may change.
* ${code('request_id')} is what the log knows the request by; the header ${code('X-Request-Id')} says the same.
* ${code('reason')} comes where the key is known, and says why it was refused.
* 401 and 403 carry ${code('WWW-Authenticate: Bearer')} with ${code('error')}, ${code('error_description')} and, where a permission is missing, ${code('scope')} (RFC 6750).
* The reason phrase of the status line repeats the message: some clients show nothing else.
* Keyporter's own endpoints never answer with 429, 502, 503 or 504 once something was changed: clients repeat a request after those.

## Refused: the request was decided, and the answer is no

401 says that it cannot be told who you are; 403 that it can, and that it is not allowed.

${writeTable(
  ['reason', 'status', 'error', 'msg', 'what it means', 'what to do'],
  Object.entries(denialGuide).map(([reason, { example, meaning, remedy }]) => {
    const { status, error, msg } = describeDenial(example)
    return [code(reason), String(status), code(error), msg, meaning, remedy]
  }),
)}

The reasons ${code('bad_request')}, ${code('forbidden_origin')}, ${code('no_credentials')} and ${code('unknown_key')} are not sent: there is no key to tell them about.

## Failed: what was asked for could not be done

${writeTable(
  ['error', 'status', 'what it means', 'what to do'],
  Object.entries(faultGuide)
    .sort(([one], [other]) => faultStatus[one] - faultStatus[other])
    .map(([error, { meaning, remedy }]) => [code(error), String(faultStatus[error]), meaning, remedy]),
)}
`
}
