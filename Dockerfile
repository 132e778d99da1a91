# The server and its command line: see docs/operations.md, also for what bubblewrap needs of a container.
FROM python:3.13-slim-bookworm AS build

RUN python -m venv /opt/pullwright
WORKDIR /src
COPY requirements.lock ./
RUN /opt/pullwright/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md app.yml ./
COPY bot bot
COPY workflows workflows
COPY sandbox sandbox
COPY migrations migrations
RUN /opt/pullwright/bin/pip install --no-cache-dir --no-deps .


FROM python:3.13-slim-bookworm

# tini is process 1: it passes signals on, and reaps what boxes leave behind.
RUN apt-get update \
 && apt-get install -y --no-install-recommends bubblewrap ca-certificates git ripgrep tini \
 && rm -rf /var/lib/apt/lists/*

# Whoever works here owns these two directories and nothing else.
RUN useradd --create-home --uid 1000 pullwright \
 && install -d -o pullwright -g pullwright -m 0700 /data /credentials

# Not on the search path: what boxes find there is the system's Python, not ours.
COPY --from=build /opt/pullwright /opt/pullwright
RUN ln -s /opt/pullwright/bin/pullwright /usr/local/bin/pullwright

USER pullwright
WORKDIR /data
ENV PULLWRIGHT_DATA=/data PULLWRIGHT_HOST=0.0.0.0 PULLWRIGHT_GITHUB_CREDENTIALS=/credentials/github.json
VOLUME ["/data", "/credentials"]
EXPOSE 8080
ENTRYPOINT ["tini", "--", "pullwright"]
CMD ["serve"]
