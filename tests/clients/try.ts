/* Uses the generated types as somebody would who writes against the API; it only has to compile. */
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

const api = createClient<paths>({ baseUrl: "https://impact.example", headers: { Authorization: "Token x" } });

export async function plan(): Promise<string> {
  const { data, error } = await api.GET("/api/v1/meetings/", { params: { query: { status: "logged", page_size: 10 } } });
  if (error) return error.errors.map((one) => `${one.attr ?? ""}: ${one.detail}`).join("\n");
  const first: components["schemas"]["Meeting"] | undefined = data.results[0];
  const next: string | null = data.next;

  const made = await api.POST("/api/v1/contributions/", {
    body: { meeting: first.id, kind: "enabler", words: "They listen", theme: null },
  });
  const theme: string | undefined = made.data?.theme?.name;

  const file = await api.GET("/api/v1/meetings/export.csv", { parseAs: "text", params: { query: { nation: "wales" } } });
  const csv: string | undefined = file.data;

  // @ts-expect-error  a status that does not exist
  await api.GET("/api/v1/meetings/", { params: { query: { status: "lost" } } });
  // @ts-expect-error  a body without what it needs
  await api.POST("/api/v1/actions/", { body: { group: "wales" } });
  // @ts-expect-error  an id that is not a number
  await api.GET("/api/v1/actions/", { params: { query: { meeting: "seventeen" } } });

  const paper = await api.POST("/api/v1/materials/{material}/files/", {
    params: { path: { material: 9 } },
    body: { file: "" },
    bodySerializer: () => new FormData(),
  });
  return [next, theme, csv, paper.data?.sha256].join();
}
