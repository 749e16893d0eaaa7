-- Sends the bodies of a file in turn: one per line to /event, or to a path that is given, where each body follows a line with
-- its length. The requests are made before the load begins: while it runs, a request costs the generator one table lookup.
local requests, last = {}, 0

function init(args)
  local path, contentType, contentEncoding = args[2] or os.getenv("EVENT_PATH"), args[3] or os.getenv("CONTENT_TYPE") or "application/json", args[4]
  local headers = { ["Content-Type"] = contentType, ["Content-Encoding"] = contentEncoding, ["Authorization"] = os.getenv("AUTHORIZATION") }
  local agents = {}
  if os.getenv("AGENTS_FILE") then
    for line in io.lines(os.getenv("AGENTS_FILE")) do agents[#agents + 1] = line end
  end
  local file = assert(io.open(args[1], "rb"))
  for line in file:lines() do
    local body = args[2] and file:read(tonumber(line)) or line
    headers["User-Agent"] = agents[#requests % math.max(#agents, 1) + 1]
    requests[#requests + 1] = wrk.format("POST", path, headers, body)
  end
end

function request()
  last = last % #requests + 1
  return requests[last]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"durationUs":%d,"refused":%d,"broken":%d,"p50Us":%d,"p99Us":%d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
