/** HTTP status, and whether repeating the call may succeed. Clients see the code in `error`. */
const ERRORS = {
  invalid_json: { status: 400, retryable: false },
  not_an_object: { status: 400, retryable: false },
  invalid_encoding: { status: 400, retryable: false },
