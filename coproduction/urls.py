from django.urls import URLPattern

app_name = "coproduction"
urlpatterns: list[URLPattern] = []
