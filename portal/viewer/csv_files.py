"""A channel's history as CSV files: the panel, the download, the upload."""

from urllib.parse import quote

from django.contrib import messages as notes
from django.http import HttpResponseRedirect, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from doover_web.common.wire import BadRequest, Refused
from doover_web.data.access import channel_to_read, ref_of
from doover_web.data.csv_out import csv_pages
from doover_web.data.imports import AT_ONCE, Report, import_csv, queue
from doover_web.data.leaves import LONGEST_PATH
from doover_web.data.models import CsvImport
from doover_web.data.tasks import run_csv_import
from doover_web.pages.permission_words import in_words

from ..page import page
from ..ui.spans import moment_of
from .chart import offered
from .listing import address_of
from .reaching import reach_of

SHOWN_IMPORTS, SHOWN_PROBLEMS = 5, 5


def context(page) -> dict:
    """What the panel shows: fields to choose from, and what was imported last."""
    jobs = CsvImport.objects.filter(agent_id=page.reach.agent_id, channel=page.channel.name).defer("content")
    rights = page.rights()
    return {
        "csv_fields": offered(page) if rights["may_read_history"] else [],
        "csv_imports": list(jobs.order_by("-id")[:SHOWN_IMPORTS]) if rights["may_write"] else [],
        "csv_at_once": AT_ONCE,
    }


@page
@require_safe
def export(request, agent: str, name: str):
    """The messages of a span of time as a CSV file; the span is in the viewer's zone, the times in the file in UTC."""
    reach, owner = reach_of(request.caller, agent)
    channel = channel_to_read(reach, name)
    after, before = moment_of(request.GET.get("from", "")), moment_of(request.GET.get("to", ""))
    if after is not None and before is not None and after >= before:
        raise BadRequest(_("From is later than To. Swap them"), code="bad_time")
    fields = [field[:LONGEST_PATH] for field in request.GET.getlist("field") if field and "\x00" not in field][:100]
    pages = csv_pages(channel, ref_of(reach, channel), after, before, list(dict.fromkeys(fields)))
    response = StreamingHttpResponse(pages, content_type="text/csv; charset=utf-8")
    filename = quote(f"{owner.title} {name} {timezone.localtime():%Y-%m-%d}.csv", safe="")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{filename}"
    return response


@page
@require_POST
def bring_in(request, agent: str, name: str):
    """A CSV file that somebody uploads; back to the panel with what came of it."""
    reach, _owner = reach_of(request.caller, agent)
    there = HttpResponseRedirect(f"{address_of(agent, name)}?panel=csv")
    file = request.FILES.get("file")
    if file is None:
        notes.error(request, _("Choose a CSV file first"))
        return there
    try:
        made = import_csv(reach=reach, name=name, raw=file.read(), dry_run="check" in request.POST)
    except Refused as refusal:
        if refusal.status in (403, 404):
            raise
        notes.error(request, in_words(refusal.message))
        return there
    if isinstance(made, CsvImport):
        queue(made, run_csv_import)
        notes.info(
            request,
            _("%(rows)s rows are being imported; load this page again to see how far it is")
            % {"rows": format(made.rows, ",")},
        )
    else:
        _tell(request, made)
    return there


def _tell(request, report: Report) -> None:
    told = (
        _("%(stored)s of %(rows)s rows can be imported")
        if report.dry_run
        else _("%(stored)s of %(rows)s rows were imported")
    )
    good = told % {"stored": f"{report.stored:,}", "rows": f"{report.rows:,}"}
    if not report.refused:
        notes.success(request, good)
        return
    problems = report.problems[:SHOWN_PROBLEMS]
    lines = [_("row %(number)s: %(words)s") % {"number": number, "words": words} for number, words in problems]
    left = report.refused - SHOWN_PROBLEMS
    more = _(", and %(left)s more") % {"left": f"{left:,}"} if left > 0 else ""
    notes.warning(
        request, _("%(good)s. Not so %(lines)s%(more)s") % {"good": good, "lines": "; ".join(lines), "more": more}
    )
