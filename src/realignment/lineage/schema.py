"""The tables of the graph of a report. What many runs share (inputs, settings, environment) stands once, so that it stays small.

Runs that are not the study's (by hand, of other settings) are in it too, since they have models; `in_study` tells them apart.
A cell of a table is a row and a column; a column is what its numbers are a mean over: scores of a task, an evaluation set and a language.
"""

VERSION = "2"  # a graph of another version is made anew
TABLES = """
create table meta (name text primary key, value text not null);
create table sources (id integer primary key, origin text, revision text, unique (origin, revision));
create table files (
    id integer primary key, path text unique, kind text, task text, evalset text, language text, sha256 text, bytes integer,
    rows_read integer, rows_kept integer, rows_refused integer, rows_excluded integer, licence text, checks text,
    source integer references sources);
create table raw (id integer primary key, path text, sha256 text, bytes integer, rows integer, unique (path, sha256));
create table made_of (file integer references files, raw integer references raw, primary key (file, raw)) without rowid;
create table checks (kind text, suite text, expectation text, subject text, checked integer, unexpected integer, passed integer);
create table texts (id integer primary key, content text unique);
create table input_sets (id integer primary key, digest text unique);
create table inputs (
    input_set integer references input_sets, role text, used text, path text, file integer references files, same integer,
    primary key (input_set, role)) without rowid;
create table runs (
    id integer primary key, key text unique, name text, verb text, task text, encoder text, subset text, control text, seed text,
    cell_key text, parent text, read text, made text, model text, languages text, base text, kernels text, seconds real, seal text,
    in_study integer,
    input_set integer references input_sets, settings_id integer references texts,
    environment_id integer references texts, code_id integer references texts);
create index runs_by_parent on runs (parent);
create index runs_by_row on runs (encoder, subset, control);
create table outputs (run integer references runs, name text, sha256 text, primary key (run, name)) without rowid;
create table scores (
    run integer references runs, evalset text, language text, score real, n integer,
    primary key (run, evalset, language)) without rowid;
create table places (key text primary key, run_id text, model text, folder text) without rowid;
create table bases (label text primary key, name text, seen text, sha256 text, pretrained_on text);
create table subsets (name text, draw text, n integer, languages text, rule text, vectors integer, primary key (name, draw)) without rowid;
create table columns (id integer primary key, encoder text, task text, title text, unique (encoder, task, title));
create table items (
    column_id integer references columns, task text, evalset text, language text,
    primary key (column_id, task, evalset, language)) without rowid;
create table cells (
    id integer primary key, address text unique, encoder text, subset text, control text, column_id integer references columns,
    gain integer, text text, mean real, spread real, n integer, by_seed text);
create table verdicts (
    column_id integer references columns, subset text, control text, base_subset text, base_control text, difference real, verdict text,
    primary key (column_id, subset, control, base_subset, base_control)) without rowid;
create table shown (cell integer references cells, place text, primary key (cell, place)) without rowid;
create index cells_by_row on cells (encoder, subset, control);
"""
