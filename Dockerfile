# The production image: Node.js and Gatehouse, nothing that only development needs. It wants no writable file system:
# docker run --read-only --cap-drop=ALL --security-opt=no-new-privileges …
# Settings: docs/configuration.md. Before the first start, and before each start of a new version: gatehouse migrate up

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# npm keeps the compiler because i18next names it as an optional peer; nothing here runs it.
RUN npm ci --omit=dev && rm -r node_modules/typescript node_modules/@typescript

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY src ./src
COPY migrations ./migrations
COPY views ./views
COPY config ./config
COPY assets ./assets
RUN ln -s /app/src/cli.ts /usr/local/bin/gatehouse
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=16", "--max-old-space-size=512", "src/main.ts"]
