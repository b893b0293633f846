/**
 * The tables, made by whoever comes first. What a run or a claim owned goes with its row. Additions only: hosts of
 * different age may work on one database.
 */
export const tables = `
create schema if not exists kola_queue;
set local search_path to kola_queue;

create table if not exists run (
  id text primary key,
  seen timestamptz not null default now(),
  ended boolean not null default false
);
create table if not exists place (
  run text not null references run on delete cascade,
  id integer not null,
  spec jsonb not null,
  primary key (run, id)
);
create table if not exists worker (
  id text primary key,
  host text not null,
  seen timestamptz not null default now(),
  platforms text[] not null,
  machines integer not null
);
create table if not exists claim (
  job uuid primary key,
  run text not null references run on delete cascade,
  worker text not null,
  cancelled boolean not null default false,
  taken timestamptz not null default now()
);
create table if not exists message (
  job uuid not null references claim on delete cascade,
  seq integer not null,
  body jsonb not null,
  primary key (job, seq)
);
create table if not exists file (
  job uuid not null references claim on delete cascade,
  path text not null,
  part integer not null,
  bytes bytea not null,
  primary key (job, path, part)
);
create table if not exists flight (
  worker text not null,
  run text not null references run on delete cascade,
  place integer not null,
  primary key (worker, run, place)
);
create table if not exists ledger (
  worker text not null,
  run text not null,
  entry text not null,
  platform text not null,
  host text not null,
  resource jsonb not null,
  primary key (worker, run, entry)
);
create table if not exists quota (
  account text primary key,
  machines integer not null,
  vcpus integer
);
create table if not exists lease (
  job uuid primary key,
  worker text not null,
  platform text not null,
  account text not null,
  machines integer not null,
  vcpus integer not null
);
`;
