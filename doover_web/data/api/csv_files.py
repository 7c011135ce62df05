from django.http import StreamingHttpResponse
from ninja import Router, Schema

from doover_web.common.wire import BadRequest, NotFound, flag

from ..access import channel_to_read, channel_to_watch, check_write, parse_id, reach_agent, ref_of
from ..csv_out import csv_pages
from ..imports import Report, import_csv, queue
from ..leaves import LONGEST_PATH
from ..models import CsvImport
from ..tasks import run_csv_import
from .answers import answer
from .charts import whole_number

router = Router(tags=["csv"])
CSV = "/agents/{agent_id}/channels/{name}/csv"
MOST_FIELDS = 100
SPAN = {
    "parameters": [
        {"in": "query", "name": "after", "schema": {"type": "integer"}},
        {"in": "query", "name": "before", "schema": {"type": "integer"}},
        {"in": "query", "name": "field_name", "schema": {"type": "array", "items": {"type": "string"}}},
    ]
}
FILE = {
    "parameters": [{"in": "query", "name": "dry_run", "schema": {"type": "boolean"}}],
    "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}},
}


class ImportOut(Schema):
    """`id` names a job that goes on; `problems` are pairs of row number and what is wrong, the first 200."""

    id: str | None
    status: str
    rows: int
    done: int
    stored: int
    refused: int
    problems: list[tuple[int, str]]


@router.get(CSV, openapi_extra=SPAN)
def export_csv(request, agent_id: str, name: str):
    """The messages of a span of time as a CSV file, the oldest first (an extension, see csv.md)."""
    fields = list(dict.fromkeys(field for field in request.GET.getlist("field_name") if field))
    if len(fields) > MOST_FIELDS or any(len(field) > LONGEST_PATH or "\x00" in field for field in fields):
        raise BadRequest(f"Up to {MOST_FIELDS} fields of up to {LONGEST_PATH} characters", code="bad_field")
    after, before = (whole_number(request, key) if request.GET.get(key) else None for key in ("after", "before"))
    if after is not None and before is not None and before <= after:
        raise BadRequest("before must be later than after", code="bad_time")
    reach = reach_agent(request.auth, agent_id)
    channel = channel_to_read(reach, name)
    pages = csv_pages(channel, ref_of(reach, channel), after, before, fields)
    response = StreamingHttpResponse(pages, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="messages.csv"'
    return response


@router.post(CSV, response=ImportOut, openapi_extra=FILE)
def post_csv(request, agent_id: str, name: str):
    """Bring the rows of a CSV file into a channel; a long file becomes a job."""
    reach = reach_agent(request.auth, agent_id)
    made = import_csv(reach=reach, name=name, raw=request.body, dry_run=flag(request.GET, "dry_run"))
    if isinstance(made, CsvImport):
        queue(made, run_csv_import)
        return answer(_job_out(made))
    return answer(_report_out(made))


@router.get(CSV + "/{import_id}", response=ImportOut)
def get_import(request, agent_id: str, name: str, import_id: str):
    """How far a job is."""
    reach = reach_agent(request.auth, agent_id)
    channel = channel_to_watch(reach, name)
    check_write(reach, name, is_private=channel.is_private)
    found = CsvImport.objects.defer("content").filter(pk=parse_id(import_id), agent_id=reach.agent_id, channel=name)
    if (job := found.first()) is None:
        raise NotFound("Import not found")
    return answer(_job_out(job))


def _job_out(job: CsvImport) -> dict:
    counts = {key: getattr(job, key) for key in ("status", "rows", "done", "stored", "refused", "problems")}
    return {"id": str(job.pk), **counts}


def _report_out(report: Report) -> dict:
    status = "dry run" if report.dry_run else "done"
    counts = {key: getattr(report, key) for key in ("rows", "stored", "refused", "problems")}
    return {"id": None, "status": status, "done": report.rows, **counts}
