# Builds Turnstone and leaves a small image with only what it needs to run.

FROM swift:6.3-bookworm AS build
WORKDIR /build
ENV TURNSTONE_PINNED=1
COPY tools tools
RUN tools/setup run
COPY Package.swift ./
COPY Sources Sources
COPY Examples Examples
COPY Tests Tests
RUN swift build -c release --product turnstone && swift build -c release --product turnstone-jq
COPY Makefile README.md CHANGELOG.md ./
COPY docs docs
COPY packaging packaging
COPY templates templates
RUN make install DESTDIR=/image

FROM debian:bookworm-slim
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends \
        ca-certificates libcurl4 libjq1 libpcre2-8-0 libsqlite3-0 libxml2 libxxhash0 libzstd1 zlib1g tzdata graphicsmagick poppler-utils util-linux \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 65534 -g 65534 /data
COPY --from=build /image /
ENV DATABASE_PATH=/data/turnstone.db
USER 65534:65534
VOLUME /data
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=10s CMD ["turnstone", "healthcheck"]
LABEL org.opencontainers.image.title="Turnstone" \
      org.opencontainers.image.description="Watches web pages and tells people, live, the moment they change."
ENTRYPOINT ["turnstone"]
CMD ["serve"]
