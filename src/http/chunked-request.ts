/**
 * Returns the route, which for a chunked body closes the connection after its response. Bun 1.4.5 takes a trailer for another request
 * and answers it with a 400. A proxy that passes the trailer on would give this to the next client on the connection.
 */
export function closingAfterChunks<Route extends (request: Request) => unknown>(
  route: Route,
  { headers }: Request,
): Route | ((request: Request) => Promise<unknown>) {
  if (!headers.has("transfer-encoding")) return route;
  return async (request) => {
    const response = await route(request);
    if (response instanceof Response) response.headers.set("Connection", "close");
    return response;
  };
}
