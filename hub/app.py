"""The web application: every page's and every address's one line."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response, Router
from litestar.config.allowed_hosts import AllowedHostsConfig
from litestar.config.compression import CompressionConfig
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.exceptions import InternalServerException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.response import Redirect
from litestar.static_files import create_static_files_router

from events.base import NotFound
from events.renewal_catalogue import read_catalogue
from events.settings import Settings
from hub.access.guard import PUBLIC, SignInFirst, authorise, who
from hub.access.provider import provider_of
from hub.access.remembered import Remembered
from hub.access.routes import ROUTES as ACCESS
from hub.areas.like import like_page
from hub.areas.page import area_page
from hub.areas.routes import AREAS
from hub.briefings.routes import area_pdf
from hub.calendar.routes import CALENDAR
from hub.corrections.routes import CORRECTIONS
from hub.db import Hub
from hub.due.routes import DUE
from hub.due.sent import SENT
from hub.edges.head import answering_head
from hub.edges.headers import YEAR, with_headers
from hub.edges.limits import Limits, limited, limited_attempts
from hub.edges.log import logged
from hub.edges.printable import only_printable
from hub.edges.wellknown import WELL_KNOWN
from hub.enterprises.page import enterprise_page
from hub.enterprises.routes import ENTERPRISES
from hub.errors import answer
from hub.feed.feed import Feed
from hub.feed.routes import PROJECTION, feed
from hub.forms.drafts import no_connection, worker
from hub.forms.routes import RECORDING
from hub.health import routes as health
from hub.home.routes import choose, home
from hub.importing.routes import IMPORTING
from hub.inbox.routes import INBOX
from hub.learning.api import spread_api
from hub.learning.barriers import barrier_page
from hub.learning.files import FILES as LEARNING_FILES
from hub.learning.in_the_way import in_the_way
from hub.learning.introducing import introducing
from hub.learning.library import library
from hub.learning.page import lesson_page
from hub.learning.routes import LEARNING
from hub.lists.routes import LISTS
from hub.look.page import STATIC
from hub.national import routes as national
from hub.national.changes import CHANGES
from hub.national.compare import compare_csv, compare_page
from hub.national.exports import EXPORTS
from hub.national.files import FILES
from hub.national.growth.routes import GROWTH
from hub.national.history import HISTORY
from hub.nudges.operating import OPERATING
from hub.nudges.routes import NUDGES
from hub.nudges.stop import STOP
from hub.participation.page import matter_page
from hub.participation.routes import PARTICIPATION
from hub.people.routes import PEOPLE
from hub.quality.routes import QUALITY
from hub.referrals.page import need_page, referral_page
from hub.referrals.routes import REFERRALS
from hub.renewals.routes import RENEWALS
from hub.schema.examples import DescribeInputs
from hub.schema.page import SchemaPage
from hub.schema.problems import DescribeProblems
from hub.status.routes import STATUS
from hub.training.page import session_page
from hub.training.routes import TRAINING

MOST_BODY = 1_000_000
"""Bytes a request may carry."""


def create_app(settings: Settings, *, only_local: bool = False) -> Litestar:
    """The hub's web application; databases and queue are opened when it starts and closed when it stops.

    `only_local` answers to this machine's own names alone: a hub without a write key must not be reached through a
    name that somebody else's page made point here.
    """

    provider_of(settings)  # half a provider is refused now rather than when somebody wants to sign in
    read_catalogue(settings.renewals)

    @asynccontextmanager
    async def open_hub(app: Litestar) -> AsyncGenerator[None]:
        with Hub(settings) as hub:
            app.state.hub = hub
            async with (
                Remembered(settings.as_web().database_url) as app.state.remembered,
                Feed(lambda: hub.standing(PROJECTION)) as app.state.feed,
            ):
                yield

    def hub(state: State) -> Hub:
        return state.hub

    app = Litestar(
        route_handlers=[
            national.national,
            national.national_api,
            national.areas_csv,
            national.curves_csv,
            national.figure,
            *EXPORTS,
            *FILES,
            compare_page,
            compare_csv,
            *GROWTH,
            *HISTORY,
            *CHANGES,
            feed,
            *ACCESS,
            *AREAS,
            ENTERPRISES,
            *TRAINING,
            *QUALITY,
            *RENEWALS,
            *REFERRALS,
            *LEARNING,
            *PARTICIPATION,
            CORRECTIONS,
            RECORDING,
            worker,
            no_connection,
            home,
            choose,
            area_page,
            area_pdf,
            like_page,
            enterprise_page,
            session_page,
            need_page,
            referral_page,
            library,
            in_the_way,
            introducing,
            lesson_page,
            *LEARNING_FILES,
            spread_api,
            barrier_page,
            matter_page,
            *LISTS,
            *PEOPLE,
            IMPORTING,
            DUE,
            *SENT,
            *INBOX,
            *CALENDAR,
            *NUDGES,
            *OPERATING,
            STOP,
            *STATUS,
            *WELL_KNOWN,
            health.healthy,
            health.ready,
            health.metrics,
            create_static_files_router(
                path="/static",
                directories=[STATIC],
                cache_control=CacheControlHeader(public=True, max_age=YEAR, immutable=True),
                include_in_schema=False,
                opt={"access": PUBLIC, "limit": None},
                # a name that no file can have: one too long
                exception_handlers={ValueError: nothing_there, InternalServerException: nothing_there},
            ),
        ],
        guards=[authorise] if settings.only_here else [limited, authorise, limited_attempts],
        before_request=only_printable,
        dependencies={"hub": Provide(hub, sync_to_thread=False), "who": Provide(who, sync_to_thread=False)},
        lifespan=[open_hub],
        allowed_hosts=AllowedHostsConfig(_own_names(settings.port)) if only_local else None,
        state=State({"open_here": settings.only_here, "limits": None if settings.only_here else Limits(settings)}),
        exception_handlers={Exception: answer, SignInFirst: to_sign_in},
        compression_config=CompressionConfig(
            backend="gzip", minimum_size=1000, gzip_compress_level=4, exclude="^/feed$"
        ),
        request_max_body_size=MOST_BODY,
        openapi_config=OpenAPIConfig(
            title="Trellis",
            version="1",
            description="Every write is an event in an area's ledger. Send each with an Idempotency-Key; asking again "
            "is safe. Errors are problem details (RFC 9457) that name the field.",
            openapi_router=Router("/schema", route_handlers=[], include_in_schema=False, opt={"access": PUBLIC}),
            render_plugins=[SchemaPage(), JsonRenderPlugin(path="/openapi.json")],
            components=Components(security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}),
        ),
        plugins=[DescribeProblems(), DescribeInputs()],
        logging_config=None,
    )
    edged = with_headers(answering_head(app.asgi_handler), tls=settings.url.startswith("https://"))
    app.asgi_handler = logged(edged) if settings.log == "json" else edged
    return app


def _own_names(port: int) -> list[str]:
    return [f"{name}{end}" for name in ("localhost", "127.0.0.1", "[::1]") for end in ("", f":{port}")]


def nothing_there(request: Request[Any, Any, State], _: Exception) -> Response[bytes]:
    return answer(request, NotFound("There is nothing at this address."))


def to_sign_in(request: Request[Any, Any, State], wanted: SignInFirst) -> Redirect:
    return Redirect(f"/sign-in?to={wanted.path}", status_code=303)
