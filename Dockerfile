# QueueFlow Engine in an image of its own: one executable, no Bun, no package manager's cache, no servers.
# The versions are pinned: Bun to that of package.json, Debian to a dated snapshot.

FROM oven/bun:1.4.5-slim AS build
WORKDIR /build

# The packages first: this layer is made anew only when they change. Neither tools of development nor the
# embedded PostgreSQL, an optional package of 100 MB, go into the image.
COPY package.json bun.lock ./
COPY patches ./patches
RUN bun install --frozen-lockfile --production --omit=optional

COPY tsconfig.json ./
COPY migrations ./migrations
COPY src ./src
RUN bun run build:slim

FROM debian:trixie-20260918-slim

# Belongs to root, and the engine does not run as root: it cannot change its own program.
COPY --from=build /build/dist/queueflow /usr/local/bin/queueflow

# Configured servers are never embedded ones, which this image does not have. These are the names of the
# services in docker-compose.yml; docs/configuration.md has every variable.
ENV REDIS_URL=redis://redis:6379 \
    PG_HOST=postgres \
    API_PORT=3000

# By number, so that a platform can see that it is not root without looking into /etc/passwd.
USER 65532:65532
EXPOSE 3000
STOPSIGNAL SIGTERM

# Ready means that events can be accepted now. A process that accepts none (INGEST_WORKERS=0) answers no
# HTTP: run it with `--no-healthcheck`.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["/usr/local/bin/queueflow", "health"]

ENTRYPOINT ["/usr/local/bin/queueflow"]
