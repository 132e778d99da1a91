FROM python:3.13-slim-bookworm

RUN apt-get update \
 && apt-get install -y --no-install-recommends bubblewrap ca-certificates git ripgrep \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/pullwright
COPY requirements.lock pyproject.toml README.md app.yml ./
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY bot bot
COPY workflows workflows
COPY sandbox sandbox
COPY migrations migrations
RUN pip install --no-cache-dir hatchling editables \
 && pip install --no-cache-dir --no-deps --no-build-isolation .

# Bubblewrap makes user namespaces: run with --security-opt seccomp=unconfined, or a profile that allows them.
RUN useradd --create-home --uid 1000 pullwright && install -d -o pullwright -m 0700 /data
USER pullwright
ENV PULLWRIGHT_DATA=/data PULLWRIGHT_HOST=0.0.0.0
VOLUME /data
ENTRYPOINT ["pullwright"]
EXPOSE 8080
CMD ["serve"]
