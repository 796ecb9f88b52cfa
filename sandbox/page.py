"""The stand-in for the studio: the page behind `studio_url`, where a person can press the buttons."""

from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from sandbox.api import CurrentStudio, find_version

router = APIRouter(tags=["studio"])

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox studio</title>
<style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 3rem auto; padding: 0 1rem; color: #23323a }}
button {{ font: inherit; padding: .5rem 1rem; margin: 0 .5rem .5rem 0; border: 0; border-radius: .4rem;
  background: #2f6f7e; color: #fff; cursor: pointer }}
button:disabled {{ background: #6b7a80; cursor: not-allowed }}
dt {{ font-weight: 600 }} dd {{ margin: 0 0 .5rem }}
</style>
<h1>Sandbox studio</h1>
<p>A stand-in for the real studio: you cannot edit anything here, but the buttons work.</p>
<dl><dt>Asset</dt><dd>{name}</dd><dt>Language</dt><dd>{locale}</dd><dt>Status</dt><dd role="status">{status}</dd></dl>
<button data-path="generate" data-lips="with_lips" {generate}>Generate with lip sync</button>
<button data-path="generate" data-lips="no_lips" {generate}>Generate without lip sync</button>
<button data-path="revise" {revise}>Revise</button>
<button data-path="">Refresh</button>
<script>
document.addEventListener("click", async (event) => {{
  const {{path, lips}} = event.target.dataset;
  if (path === undefined) return;
  if (path) await fetch("/_sandbox/versions/{version_id}/" + path, {{
    method: "POST", headers: {{"Content-Type": "application/json"}}, body: JSON.stringify(lips ? {{lips}} : {{}})}});
  location.reload();
}});
</script></html>
"""


@router.get("/studio/{version_id}", response_class=HTMLResponse)
async def studio_page(studio: CurrentStudio, version_id: str) -> str:
    """A page for the person in the studio."""
    asset, version = find_version(studio, version_id)
    return _PAGE.format(
        name=escape(asset.name),
        locale=version.locale,
        status=version.status,
        version_id=version.version_id,
        generate="" if version.status == "ReadyToEdit" else "disabled",
        revise="" if version.status in ("Completed", "ReadyToEdit", "Failed") else "disabled",
    )
