# One image for the web server, the worker, the scheduler and the migrations;
# docker-compose.yml says which command each runs.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
FROM ${PYTHON_IMAGE} AS packages
COPY requirements.lock /tmp/requirements.lock
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r /tmp/requirements.lock \
    && /opt/venv/bin/pip check --disable-pip-version-check

FROM ${PYTHON_IMAGE}
# What WeasyPrint loads to make PDFs.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --home-dir /nonexistent --shell /usr/sbin/nologin impact \
    && install -d -o impact -g impact /data /data/files /data/erasures
COPY --from=packages /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=impact.settings \
    IMPACT_DATA_DIR=/data \
    MEDIA_ROOT=/data/files \
    STATIC_ROOT=/app/staticfiles \
    XDG_CACHE_HOME=/tmp/cache \
    GUNICORN_BIND=0.0.0.0:8000
WORKDIR /app
COPY manage.py ./
COPY deploy ./deploy
COPY impact ./impact
COPY sites ./sites
COPY networks ./networks
COPY coproduction ./coproduction
COPY reports ./reports
COPY templates ./templates
COPY static ./static
# The key is for this one command only and is not kept in the image.
RUN SECRET_KEY=only-for-collecting-static-files python manage.py collectstatic --noinput --ignore=rest_framework \
    && python -m compileall -q impact sites networks coproduction reports
USER impact
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=6s --start-period=30s CMD ["python", "deploy/healthcheck.py", "web"]
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "impact.wsgi:application"]
