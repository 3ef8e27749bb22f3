#!/bin/sh
# Rebuild static/vendor/ and tests/vendor/ from the published packages. For maintainers only: the results
# are committed, so nothing needs Node to install, run or test the platform.
#
# GOV.UK Frontend is compiled without its header, footer, cookie banner, phase banner and fonts. The crown,
# the crest and the GDS Transport typeface belong to GOV.UK services alone; the last check makes sure that
# none of them, and no url() at all, is left in the style sheet.
set -eu

GOVUK=6.6.0 SASS=1.108.2 ATKINSON=5.3.0 AXE=4.14.1
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --silent \
  "govuk-frontend@$GOVUK" "sass@$SASS" "@fontsource-variable/atkinson-hyperlegible-next@$ATKINSON" "axe-core@$AXE"

cat > govuk.scss <<'SCSS'
// Only what our pages use. `with` takes the run-time custom properties route: app.css sets the colours.
@use "sass:string";
@use "node_modules/govuk-frontend/dist/govuk/base" with (
  $govuk-font-family: string.unquote("var(--font)"),
  $govuk-font-family-print: string.unquote("var(--font)"),
  $govuk-include-default-font-face: false,
  $govuk-global-styles: false
);
@use "node_modules/govuk-frontend/dist/govuk/core/lists";
@use "node_modules/govuk-frontend/dist/govuk/core/links";
@use "node_modules/govuk-frontend/dist/govuk/core/typography";
@use "node_modules/govuk-frontend/dist/govuk/objects/form-group";
@use "node_modules/govuk-frontend/dist/govuk/objects/button-group";
@use "node_modules/govuk-frontend/dist/govuk/components/back-link";
@use "node_modules/govuk-frontend/dist/govuk/components/breadcrumbs";
@use "node_modules/govuk-frontend/dist/govuk/components/button";
@use "node_modules/govuk-frontend/dist/govuk/components/character-count";
@use "node_modules/govuk-frontend/dist/govuk/components/checkboxes";
@use "node_modules/govuk-frontend/dist/govuk/components/details";
@use "node_modules/govuk-frontend/dist/govuk/components/error-message";
@use "node_modules/govuk-frontend/dist/govuk/components/error-summary";
@use "node_modules/govuk-frontend/dist/govuk/components/fieldset";
@use "node_modules/govuk-frontend/dist/govuk/components/file-upload";
@use "node_modules/govuk-frontend/dist/govuk/components/hint";
@use "node_modules/govuk-frontend/dist/govuk/components/input";
@use "node_modules/govuk-frontend/dist/govuk/components/inset-text";
@use "node_modules/govuk-frontend/dist/govuk/components/label";
@use "node_modules/govuk-frontend/dist/govuk/components/notification-banner";
@use "node_modules/govuk-frontend/dist/govuk/components/pagination";
@use "node_modules/govuk-frontend/dist/govuk/components/radios";
@use "node_modules/govuk-frontend/dist/govuk/components/select";
@use "node_modules/govuk-frontend/dist/govuk/components/skip-link";
@use "node_modules/govuk-frontend/dist/govuk/components/summary-list";
@use "node_modules/govuk-frontend/dist/govuk/components/table";
@use "node_modules/govuk-frontend/dist/govuk/components/textarea";
@use "node_modules/govuk-frontend/dist/govuk/components/warning-text";
@use "node_modules/govuk-frontend/dist/govuk/utilities";
SCSS

vendor="$root/static/vendor"
mkdir -p "$vendor/govuk-frontend" "$vendor/fonts" "$root/tests/vendor"
npx sass --style=compressed --no-source-map --quiet-deps govuk.scss "$vendor/govuk-frontend/govuk-frontend.min.css"
if grep -qiE 'crown|crest|GDS Transport|url\(' "$vendor/govuk-frontend/govuk-frontend.min.css"; then
  echo "The compiled style sheet holds a crown, a crest, GDS Transport or a url(): stop." >&2
  exit 1
fi

fonts=node_modules/@fontsource-variable/atkinson-hyperlegible-next
for subset in latin latin-ext; do
  cp "$fonts/files/atkinson-hyperlegible-next-$subset-wght-normal.woff2" "$vendor/fonts/"
done
cp "$fonts/LICENSE" "$vendor/fonts/OFL.txt"
cp node_modules/axe-core/axe.min.js "$root/tests/vendor/axe.min.js"
cp node_modules/axe-core/LICENSE "$root/tests/vendor/LICENSE-axe-core.txt"

row() { printf '| `%s` | %s | %s | %s | `%s` |\n' "$1" "$2" "$3" "$4" "$(sha256sum "$vendor/$1" | cut -d' ' -f1)"; }
{
  cat <<'MD'
# Third-party files served to browsers

Built by `scripts/build_assets.sh`, which is for maintainers. Nothing here is needed from the network when
the platform is installed or run. htmx is served from the django-htmx package and is not copied here.

| file | package | version | licence | SHA-256 |
|---|---|---|---|---|
MD
  row govuk-frontend/govuk-frontend.min.css govuk-frontend "$GOVUK" "MIT (\`govuk-frontend/LICENSE.txt\`)"
  for subset in latin latin-ext; do
    row "fonts/atkinson-hyperlegible-next-$subset-wght-normal.woff2" \
      "@fontsource-variable/atkinson-hyperlegible-next" "$ATKINSON" "OFL 1.1 (\`fonts/OFL.txt\`)"
  done
  # Made from the two files above by scripts/build_report_fonts.py, for the annual report.
  for font in "$vendor"/fonts/*.ttf; do
    [ -f "$font" ] && row "fonts/${font##*/}" "the two files above, made static by \`scripts/build_report_fonts.py\`" \
      "$ATKINSON" "OFL 1.1 (\`fonts/OFL.txt\`)"
  done
  cat <<'MD'

GOV.UK Frontend is compiled with Sass from its source, without the header, footer, cookie banner, phase
banner and typeface, so the crown, the crest and GDS Transport are not here. Only the components our pages
use are included; `static/css/app.css` sets its custom properties.

The fonts cover Latin and extended Latin, so that Welsh ŵ and ŷ are drawn in the same typeface.
MD
} > "$vendor/README.md"
cat > "$root/tests/vendor/README.md" <<MD
# Third-party files used only by tests

\`axe.min.js\` is axe-core $AXE, under the Mozilla Public License 2.0 (\`LICENSE-axe-core.txt\`). It is loaded
into pages by the browser tests and never served to people. SHA-256:
\`$(sha256sum "$root/tests/vendor/axe.min.js" | cut -d' ' -f1)\`
MD
echo "Built static/vendor and tests/vendor."
