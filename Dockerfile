# One image for bot, web, worker and migrations; the command says which. The sandbox and the tests are not in it.
FROM python:3.11-slim AS packages
# A place with CPU-only builds of torch keeps gigabytes of GPU libraries out of the image.
ARG PIP_EXTRA_INDEX_URL=""
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir "$(grep '^torch==' requirements.txt)"
RUN /venv/bin/pip install --no-cache-dir -r requirements.txt

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin gigwright
RUN mkdir /var/lib/gigwright && chown gigwright /var/lib/gigwright
COPY --from=packages /venv /venv
WORKDIR /app
COPY core core
COPY bot bot
COPY web web
COPY workers workers
COPY migrations migrations
COPY prompts prompts
ENV PATH="/venv/bin:$PATH" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp MPLCONFIGDIR=/tmp/matplotlib HF_HUB_OFFLINE=1
USER 10001
CMD ["python", "-m", "web"]
