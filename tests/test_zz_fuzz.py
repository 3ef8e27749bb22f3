import pytest, schemathesis, itertools
from collections import Counter
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from knox.models import AuthToken
from schemathesis.checks import not_a_server_error
from tests.permission_world import build_world
from tests.test_api_contract import connections_stay_open, real_parameters
pytestmark=[pytest.mark.django_db]
def test_rounds(staff, connections_stay_open):
    world=build_world()
    world.round.closes_at=world.round.closes_at.replace(year=2099); world.round.save()
    _r, token=AuthToken.objects.create(staff)
    schema=schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", get_wsgi_application()).include(path_regex="/rounds/")
    statuses=Counter()
    for result in schema.get_all_operations():
        op=result.ok()
        real=real_parameters(op.path, world)
        turns=itertools.count()
        @given(case=op.as_strategy())
        @settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
        def run(case):
            headers={"Authorization":f"Token {token}"}
            if next(turns)%3:
                case.path_parameters={**(case.path_parameters or {}), **real}; headers["If-Match"]="*"
            with transaction.atomic():
                r=case.call(headers=headers); transaction.set_rollback(True)
            statuses[(op.method,op.path,r.status_code)]+=1
            assert r.status_code<500, (case, r.text[:500])
            from schemathesis.specs.openapi.checks import response_schema_conformance
            case.validate_response(r, checks=[not_a_server_error, response_schema_conformance])
        run()
    for k,v in sorted(statuses.items(), key=str): print(k,v)
