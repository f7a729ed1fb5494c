// A publishing session with the real @huggingface/hub. Prints one JSON object: what each step gave.
import {
  commit,
  createBranch,
  createRepo,
  deleteRepo,
  downloadFile,
  fileExists,
  listCommits,
  listFiles,
  pathsInfo,
  repoExists,
  uploadFiles,
  whoAmI,
} from "@huggingface/hub";

const hubUrl = process.env.HF_ENDPOINT;
const accessToken = process.env.HF_TOKEN;
const repo = { type: process.argv[2], name: "lab/digits-js" };
const at = { hubUrl, accessToken, repo };
const weights = new Uint8Array(5_000_000).map((_, n) => (n * 31 + (n >> 8)) & 255);
const segment = repo.type === "dataset" ? "datasets" : "models";
const seen = {};

async function every(rows) {
  const found = [];
  for await (const row of rows) found.push(row);
  return found;
}

async function status(call) {
  try {
    await call();
    return 0;
  } catch (error) {
    return error.statusCode ?? String(error);
  }
}

seen.user = (await whoAmI({ hubUrl, accessToken })).name;
seen.before = await repoExists(at);
await createRepo({ ...at, visibility: "private" });
seen.after = await repoExists(at);
seen.stranger = await repoExists({ hubUrl, repo });
seen.again = await status(() => createRepo({ ...at, visibility: "private" }));
const [first] = await every(listCommits(at));
const made = await uploadFiles({
  ...at,
  parentCommit: first.oid,
  commitTitle: "v1",
  files: [
    { path: "README.md", content: new Blob(["---\nlicense: mit\n---\n# Digits\n"]) },
    { path: "model.safetensors", content: new Blob([weights]) },
  ],
});
seen.stale = await status(() =>
  commit({
    ...at,
    title: "late",
    parentCommit: first.oid,
    operations: [{ operation: "addOrUpdate", path: "x.txt", content: new Blob(["x"]) }],
  }),
);
// The library makes no tags; the request is the one that huggingface_hub sends.
const tagged = await fetch(`${hubUrl}/api/${segment}/${repo.name}/tag/${made.commit.oid}`, {
  method: "POST",
  headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
  body: JSON.stringify({ tag: "v1.0" }),
});
seen.tag = tagged.status;
await createBranch({ ...at, branch: "next", revision: made.commit.oid });
seen.files = (await every(listFiles({ ...at, recursive: true }))).map((file) => file.path).sort();
const [info] = await pathsInfo({ ...at, paths: ["model.safetensors"] });
seen.size = info.lfs.size;
seen.oid = info.lfs.oid;
const got = await downloadFile({ ...at, path: "model.safetensors", revision: "v1.0" });
seen.whole = Buffer.compare(Buffer.from(await got.arrayBuffer()), Buffer.from(weights)) === 0;
seen.absent = await fileExists({ ...at, path: "x.txt" });
seen.commits = (await every(listCommits(at))).map((one) => one.title);
await deleteRepo(at);
seen.deleted = !(await repoExists(at));
console.log(JSON.stringify(seen));
