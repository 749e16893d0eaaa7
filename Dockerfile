# The engine as one executable, without Bun, a package cache or servers. Versions are pinned: Bun as in package.json, Debian to a
# dated snapshot.

FROM oven/bun:1.4.5-slim AS build
WORKDIR /build

# Packages first, so that this layer is rebuilt only when they change. Development tools and the embedded PostgreSQL, an
# optional package of 100 MB, are left out.
COPY package.json bun.lock ./
COPY patches ./patches
RUN bun install --frozen-lockfile --production --omit=optional

COPY tsconfig.json ./
COPY migrations ./migrations
COPY src ./src
RUN bun run build:slim

FROM debian:trixie-20260918-slim

# Owned by root, so that the engine, which runs as another user, cannot change it.
COPY --from=build /build/dist/queueflow /usr/local/bin/queueflow

# Configured, because the image has no embedded servers. The names are those of docker-compose.yml; docs/configuration.md lists
# every variable.
ENV REDIS_URL=redis://redis:6379 \
    PG_HOST=postgres \
    API_PORT=3000

# Numeric, so that a platform can verify that it is not root without reading /etc/passwd.
USER 65532:65532
EXPOSE 3000
STOPSIGNAL SIGTERM

# Checks that events can be accepted. A process without HTTP (INGEST_WORKERS=0) needs `--no-healthcheck`.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["/usr/local/bin/queueflow", "health"]

ENTRYPOINT ["/usr/local/bin/queueflow"]
