"""Settings: one file, read from the environment, secure unless told otherwise.

Every variable is listed in docs/operations.md. Two switches loosen things, and both must be set on
purpose: ``IMPACT_DEMO=1`` (demo sign-ins, a throw-away secret key) and ``DEBUG=1``.
"""

import logging
from datetime import date
from pathlib import Path

import environ
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from impact.core.web.serving import logs

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- What this process is ------------------------------------------------------------------------
DEMO = env.bool("IMPACT_DEMO", default=False)  # demo data and demo sign-ins may be loaded
DEBUG = env.bool("DEBUG", default=False)
# The day on which a demonstration stands (impact.core.basics.clock), so that its 2022 data is neither past nor future.
DEMO_TODAY = date.fromisoformat(env("IMPACT_TODAY", default="2023-01-16")) if DEMO else None
INSECURE_OK = DEMO or DEBUG  # plain HTTP on loopback, a generated secret key
DATA_DIR = Path(env("IMPACT_DATA_DIR", default=str(BASE_DIR / "var")))

# --- Secrets and hosts ---------------------------------------------------------------------------
SECRET_KEY = env("SECRET_KEY", default="insecure-demo-key-never-used-outside-a-demo" if INSECURE_OK else "")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Set it to a long random text, or set IMPACT_DEMO=1 to try the platform out."
    )
# From this key come the codes that stand for people whose answers lead to no one, and for people who were erased
# (docs/operations.md). It must not change while those are kept: before SECRET_KEY is changed for the first time, set
# this to what SECRET_KEY was.
PSEUDONYM_KEY = env("PSEUDONYM_KEY", default=SECRET_KEY)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # earlier ones, which still open what they sealed
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")  # for links in email and the API
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
if DEBUG and not DEMO and set(ALLOWED_HOSTS) - {"127.0.0.1", "localhost", "[::1]"}:
    raise ImproperlyConfigured(
        "DEBUG is on but ALLOWED_HOSTS names a public host. Unset DEBUG, or serve on localhost only."
    )

# --- Applications --------------------------------------------------------------------------------
INSTALLED_APPS = [
    "impact.core.access.admin.config.ReadOnlyAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "impact.core.web.files.static.CollectedStaticFiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "django_cotton",
    "django_htmx",
    "django_structlog",
    "csp",
    "corsheaders",
    "impact.core",
    "sites",
    "networks",
    "coproduction",
    "reports",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "impact.core.web.serving.middleware.NoStoreMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "impact.core.web.serving.middleware.SlashMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "impact.core.web.files.bodies.BodyMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "impact.core.web.serving.middleware.RequestLogMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "impact.core.web.serving.middleware.TwoStepRequiredMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "impact.urls"
WSGI_APPLICATION = "impact.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "impact.core.web.context.site_context",
            ],
            "libraries": {"report_figures": "reports.formats.tags"},
            "builtins": ["django_cotton.templatetags.cotton", "impact.core.templatetags.impact"],
        },
    }
]
COTTON_DIR = "components"
FORM_RENDERER = "impact.core.web.forms.Renderer"

# --- Database ------------------------------------------------------------------------------------
# SQLite is the default for one machine; PostgreSQL for anything larger. Measured reasons for these
# SQLite options are in docs/decisions/0003-sqlite-options.md.
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'impact.sqlite3'}")}
IS_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if IS_SQLITE:
    if env.bool("IMPACT_SEVERAL_HOSTS", default=False):
        raise ImproperlyConfigured("SQLite cannot serve several hosts. Set DATABASE_URL to a PostgreSQL database.")
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # jit: PostgreSQL compiles a statement that it thinks costly. With the many parts of "who may see it" in a search that
    # took 30 seconds, for rows that are then found in 20 milliseconds.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "options": "-c jit=off -c statement_timeout=30000 -c lock_timeout=10000"
        " -c idle_in_transaction_session_timeout=60000",
    }
DATABASES["default"]["CONN_MAX_AGE"] = 600
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: cache, rate limits, broker -----------------------------------------------------------
REDIS_URL = env("REDIS_URL", default="")
CACHES = {
    "default": (
        {
            "BACKEND": "impact.core.web.serving.caching.SharedCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "impact",
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_POOL = "threads"  # work that needs limits runs in a child process of its own
CELERY_WORKER_CONCURRENCY = env.int("IMPACT_WORKER_THREADS", default=2)
DRAWING_PROCESSES = env.int("IMPACT_DRAWING_PROCESSES", default=2)  # chapters of one document drawn at a time
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "max_retries": 1,
}
CELERY_TASK_PUBLISH_RETRY = False  # a failed notification is harmless: workers poll for due jobs
INVOLVEMENT_ANSWER_DAYS = env.int("IMPACT_ANSWER_DAYS", default=30)  # until a team that asked members is reminded
JOB_POLL_SECONDS = env.int("IMPACT_JOB_POLL_SECONDS", default=5)
JOB_LEASE_SECONDS = env.int("IMPACT_JOB_LEASE_SECONDS", default=30)
WEBHOOK_EVENTS = "impact.events.EVENTS"  # the table of what webhooks can be told of
# Where webhooks may lead besides port 443 of public servers: for trying out, and for a receiver inside one's own network.
WEBHOOK_PORTS = env.list("IMPACT_WEBHOOK_PORTS", cast=int, default=[443])
WEBHOOK_NETWORKS = env.list("IMPACT_WEBHOOK_NETWORKS", default=[])
WEBHOOK_CA_FILE = env("IMPACT_WEBHOOK_CA_FILE", default="")  # certificates of an authority of one's own
# Messages on people's devices: off without a key (manage.py push_key). They go to these servers alone, by the webhooks' rules.
PUSH_KEY = env("IMPACT_PUSH_KEY", default="")
PUSH_CONTACT = env("IMPACT_PUSH_CONTACT", default="")
PUSH_HOSTS = env.list(
    "IMPACT_PUSH_HOSTS",
    default=[
        "fcm.googleapis.com",  # Chrome, Edge on Android, Opera, Samsung Internet
        "push.services.mozilla.com",  # Firefox
        "push.apple.com",  # Safari
        "notify.windows.com",  # Edge
    ],
)

# --- Signing in ----------------------------------------------------------------------------------
AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["impact.core.notices.accounts.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "impact.core.people.signing_in.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # before an address, a password or a second step changes
ACCOUNT_EMAIL_NOTIFICATIONS = True  # every address of the account is told (impact.core.people.signing_in.adapters)
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# An office or a conference has one address: many people may sign in from it within a minute, while each account, known or
# not, takes as few guesses as ever, and an address fails less often in an hour than with allauth's own limits (600).
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",
    "login_failed": "60/m/ip,300/h/ip,5/5m/key",
    "request_login_code": "60/m/ip,600/h/ip,3/m/key",
    "reset_password": "60/m/ip,300/h/ip,5/m/key",
    "reset_password_from_key": "60/m/ip",
}
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}  # nothing to guess
MFA_ADAPTER = "impact.core.people.signing_in.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "IMPACT"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = INSECURE_OK
# Staff and leadership must use two-step verification. A demo does not ask for it.
TWO_STEP_REQUIRED = env.bool("IMPACT_TWO_STEP_REQUIRED", default=not DEMO)

# --- Cookies, transport, content -----------------------------------------------------------------
HTTPS_ONLY = env.bool("IMPACT_HTTPS", default=not INSECURE_OK)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS_ONLY
SESSION_COOKIE_AGE = 60 * 60 * 12
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "impact.core.web.problems.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # not in a cookie: messages hold names
SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS_ONLY
BEHIND_PROXY = env.bool("IMPACT_BEHIND_PROXY", default=False)
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0  # whose address a rate limit counts
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
PERMISSIONS_POLICY: dict[str, list[str]] = {name: [] for name in ("camera", "microphone", "geolocation", "payment")}
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- Files ---------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(DATA_DIR / "files")))  # never served by URL: see reports.writing.views
# The ledger of erasures outlives a restored database: keep its copies apart from those of the database (docs/operations.md).
ERASURE_LEDGER = Path(env("IMPACT_ERASURE_LEDGER", default=str(DATA_DIR / "erasures")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "impact.core.web.files.static.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["map", "png", "gz", "br", "woff", "woff2", "ttf", "ico"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # the log of a long meeting is one form

# --- Email --------------------------------------------------------------------------------------
# A demonstration sends nothing: its mail is read at /outbox/. On the console, links that sign people in would be logged.
_mail = "dummymail://" if DEMO else "consolemail://" if DEBUG else "smtp://localhost:25"
vars().update(env.email("EMAIL_URL", default=_mail))
EMAIL_TIMEOUT = 10  # seconds for each answer of the mail server
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="IMPACT <no-reply@impact.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# No email about what can wait leaves between these times, unless a person chose otherwise. Empty: no such hours.
QUIET_HOURS = env("IMPACT_QUIET_HOURS", default="21:00-07:00")

# --- Language and time ---------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
LOCALE_PATHS = [BASE_DIR / "reports" / "formats" / "locale"]  # the fixed words of the report in Welsh
TIME_ZONE = "Europe/London"
USE_TZ = True
DATE_FORMAT = "j F Y"
FORMS_URLFIELD_ASSUME_HTTPS = True  # a web address typed without a scheme is https; Django 6's default

# --- API -----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "impact.core.access.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["impact.core.api.defaults.DenyByDefault"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["impact.core.api.defaults.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "impact.core.api.defaults.CursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["impact.core.api.defaults.StrictFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "impact.core.api.schema.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "impact.core.api.defaults.UserThrottle",
        "impact.core.api.defaults.AnonThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {"user": "6000/hour", "anon": "300/hour"},
    "NUM_PROXIES": 1 if BEHIND_PROXY else 0,
    "EXCEPTION_HANDLER": "impact.core.api.views.exception_handler",
    "PAGE_SIZE": 50,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
# What everyone may read may also be read by pages of other sites: never with a sign-in, and nothing is written so.
PUBLIC_READ_ORIGINS = env("PUBLIC_READ_ORIGINS", default="*").split()
CORS_URLS_REGEX = r"^/api/v1/(sites|news|rounds|reports|editions|figures|search|schema)(/|$)"
CORS_ALLOW_ALL_ORIGINS = "*" in PUBLIC_READ_ORIGINS
CORS_ALLOWED_ORIGINS = [origin for origin in PUBLIC_READ_ORIGINS if origin != "*"]
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_METHODS = ("GET", "HEAD", "OPTIONS")
CORS_ALLOW_HEADERS = ("accept", "if-none-match")
CORS_EXPOSE_HEADERS = (
    *("etag", "link", "retry-after", "deprecation", "sunset", "x-request-id"),
    *("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"),
)
MIGRATION_MODULES = {"knox": None}  # its own table would stay empty
KNOX_TOKEN_MODEL = "core.ApiToken"  # noqa: S105  the name of a model
REST_KNOX = {"TOKEN_MODEL": KNOX_TOKEN_MODEL, "TOKEN_LIMIT_PER_USER": 10, "AUTO_REFRESH": False}
SPECTACULAR_SETTINGS = {
    "TITLE": "IMPACT API",
    "DESCRIPTION": (
        "Sites, networks, meetings, the charter and the annual report. Sign in with a token. Send `If-Match` with the "
        "ETag that you read when you change something, and an `Idempotency-Key` when you add something. Lists come "
        "page by page as JSON, or whole as a file at `export.csv` and `export.xlsx`. The guide is in docs/api.md."
    ),
    "VERSION": "1.0.0",
    # The first is wherever the schema was read, so that the form at /api/docs/ asks the same host.
    "SERVERS": [{"url": "/"}, {"url": SITE_URL}],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # One name for each set of words that several fields share.
    "ENUM_NAME_OVERRIDES": {
        "SubjectReportKindEnum": "reports.subjects.models.SubjectReport.Kind",
        "ReportSectionStatusEnum": "reports.writing.models.ReportSection.Status",
        "ReviewCommentStatusEnum": "reports.approval.review.models.ReviewComment.Status",
        "FormStateEnum": ["not_made", "being_made", "ready", "failed"],
        "ReviewCommentSettledEnum": [("resolved", "Resolved"), ("carried", "Carried to next year")],
        "ConsentPurposeEnum": "impact.core.people.models.Consent.Purpose",
        "QuestionKindEnum": "sites.calls.rounds.questions.models.Kind",
        "RoundPurposeEnum": "sites.calls.rounds.models.Round.Purpose",
        "RoundOutcomeEnum": "sites.calls.portfolios.models.Decision.Outcome",
        "RoundLetterEnum": "sites.calls.portfolios.models.Letter.OUTCOMES",
        "EnquiryKindEnum": "sites.calls.portfolios.models.Enquiry.Kind",
        "DeliveryModelEnum": "sites.registry.models.DeliveryModel",
        "ActionClosedEnum": [("done", "Done"), ("dropped", "Dropped")],
        "ActionStatusEnum": "networks.actions.models.Action.Status",
        "ApplicationSourceEnum": "sites.calls.applications.models.Application.Source",
        "ApplicationStateEnum": "sites.calls.applications.models.Application.State",
        "EnteredSourceEnum": "sites.calls.applications.intake.forms.OTHER_WAYS",
        "FourNationsEnum": "sites.calls.applications.intake.filters.NATIONS",
        "OrganisationKindEnum": "sites.organisations.models.Organisation.Kind",
        "BookingKindEnum": "networks.meetings.planning.directory.kinds.Kind",
        "BookingStateEnum": "networks.meetings.planning.bookings.models.Booking.State",
        "BookingCategoryEnum": "networks.meetings.planning.directory.kinds.Category",
        "AttendanceStatusEnum": "networks.log.models.Attendance.Status",
        "AttendanceSourceEnum": "networks.log.attendance.models.AttendanceImport.Source",
        "CharterSectionKindEnum": "coproduction.charter.models.CharterSection.Kind",
        "CharterVersionStatusEnum": "coproduction.charter.models.CharterVersion.Status",
        "ExpenseKindEnum": "coproduction.claims.forms.EXPENSES",
        "ContactHowEnum": "sites.progress.units.models.UnitContact.How",
        "SupportKindEnum": "coproduction.group.meetings.models.SupportBooking.Kind",
        "SupportStateEnum": "coproduction.group.meetings.models.SupportBooking.State",
        "ExchangeDirectionEnum": "coproduction.group.outside.models.Exchange.Direction",
        "ToldEnum": "coproduction.group.models.Told",
        "ContributionKindEnum": "networks.log.models.Contribution.Kind",
        "CoproductionPartEnum": "sites.progress.outcomes.checks.models.CoproductionEntry.Part",
        "EvidenceKindEnum": "impact.core.basics.vocabulary.EvidenceKind",
        "FormatEnum": "impact.core.basics.vocabulary.Format",
        "GroupKindEnum": "networks.groups.models.GroupKind",
        "InvitationAnswerEnum": "networks.meetings.invitations.models.MeetingInvitation.Answer",
        "InvolvementOutcomeEnum": "coproduction.involvements.models.Involvement.Outcome",
        "InvolvementSettledEnum": "coproduction.involvements.forms.SETTLED",
        "WaypointOutcomeEnum": "coproduction.waypoints.models.Waypoint.Outcome",
        "WaypointStateEnum": "coproduction.waypoints.models.Waypoint.State",
        "JoinAnswerEnum": "networks.members.joining.models.JoinInvitation.Answer",
        "LearningAnswerEnum": "networks.network.learning.models.LearningReceipt.Answer",
        "MeetingStatusEnum": "networks.meetings.models.Meeting.Status",
        "MemberRoleEnum": "networks.members.joining.forms.MEMBER_ROLES",
        "MembershipRoleEnum": "networks.groups.models.Membership.Role",
        "NewsKindEnum": "sites.updates.models.Update.Kind",
        "NoticeTimingEnum": "impact.core.notices.models.Timing",
        "NationEnum": "impact.core.basics.vocabulary.Nation",
        "ProposalSourceEnum": "sites.topics.proposals.models.Proposal.Source",
        "ProposalStateEnum": "sites.topics.proposals.models.Proposal.State",
        "SiteStatusEnum": "sites.registry.models.Site.Status",
        "OrganisationPartEnum": "sites.registry.models.OrganisationPart.Part",
        "PostKindEnum": "sites.registry.models.SiteRole.Kind",
        "PostStateEnum": "sites.registry.models.SiteRole.State",
        "QuestionStateEnum": "sites.questions.models.AskedQuestion.State",
        "ReportChapterEnum": "reports.writing.models.ReportSection.Key",
        "TopicSourceEnum": "sites.topics.models.Topic.Source",
        "UnitStateEnum": "sites.progress.units.models.UnitChange.State",
        "UptakeHowEnum": "sites.progress.outcomes.spread.models.Uptake.How",
    },
}

# --- Logs: JSON lines; never bodies, query strings or personal data ----------------------------------
DJANGO_STRUCTLOG_USER_ID_FIELD = "pk"
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
structlog.configure(
    processors=[
        *logs.SHARED,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = logs.config(env("LOG_LEVEL", default="INFO"))
