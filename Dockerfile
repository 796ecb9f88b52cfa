# One image for web, worker and beat. No sandbox, no tests, no compiler.
# Debian and Python by digest, so that every build has the same ones: docs/operating/install.md says how to renew it.
ARG BASE=python:3.11.16-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b
FROM ${BASE} AS build
WORKDIR /app
COPY requirements-observability.lock .
# What c2pa-python brings for linking Rust programs is larger than all of Django.
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements-observability.lock \
    && rm -f /venv/lib/python3.11/site-packages/c2pa/libs/*.rlib
COPY manage.py ./
COPY portal portal
COPY dubbing dubbing
COPY templates templates
COPY static static
# Any key will do here: it signs nothing, and it is not in the image's environment.
RUN SECRET_KEY=for-the-build-only PANJAYA_API_KEY=for-the-build-only MEDIA_ROOT=/tmp/media \
    /venv/bin/python manage.py collectstatic --noinput --verbosity 0

FROM ${BASE}
RUN useradd --uid 10001 --create-home portal && mkdir -p /data/media && chown -R portal /data
COPY --from=build /venv /venv
COPY --from=build --chown=root:root /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    MEDIA_ROOT=/data/media BIND=0.0.0.0:8000 WORKERS=2 THREADS=8
USER portal
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# Only web answers here; compose.yaml has others for worker and beat.
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s CMD ["python", "-c", \
    "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/healthz', headers={'Host': 'localhost'}), timeout=2)"]
ENTRYPOINT ["python", "-m", "portal.run"]
CMD ["web"]
