-- Where the repo of a buffer stands in its realm, in a few characters, for a statusline:
--   set statusline+=%{v:lua.require'blue.status'.line()}
-- The server says when to ask again (`blue/statusChanged`), and answers `blue/status`.

local M = {}

--- What the server answered last, by the root that it was asked of; `ended` where it has ended unasked.
---@type table<string, { client_id: integer, status?: table, ended?: boolean }>
local known = {}

---@param realms table[]
---@param of fun(realm: table): integer
local function count(realms, of)
  local sum = 0
  for _, realm in ipairs(realms) do
    sum = sum + of(realm)
  end
  return sum
end

--- Versions that are there and not followed.
---@param realm table
local function behind(realm)
  return #vim.tbl_filter(function(import)
    return import.version ~= vim.NIL and import.version ~= import.follows
  end, realm.imports)
end

--- Syncs that wait until this repo says that it follows them.
---@param realm table
---@param repo any
local function awaited(realm, repo)
  return #vim.tbl_filter(function(sync)
    return vim.iter(sync.waits):any(function(wait)
      return vim.list_contains(wait.repos or {}, repo)
    end)
  end, realm.open)
end

--- `↑1` contracts that the code differs from, `↓2` imports to follow, also on syncs that wait, `!3` errors, `✓` nothing
--- to do.
---@param status table
function M.in_short(status)
  if #status.realms == 0 then
    -- A realm that is named and cannot be read, or none at all.
    return #status.problems > 0 and 'Blue: no realm' or ''
  end
  local parts = {}
  for _, part in ipairs({
    { '↑', count(status.realms, function(realm)
      return #realm.drift
    end) },
    { '↓', count(status.realms, function(realm)
      return behind(realm) + awaited(realm, status.repo)
    end) },
    { '!', status.findings.errors },
  }) do
    if part[2] > 0 then
      table.insert(parts, part[1] .. part[2])
    end
  end
  return 'Blue ' .. (#parts > 0 and table.concat(parts, ' ') or '✓')
end

--- The server may have another answer than before: it is asked again, for each of its folders.
---@param client_id integer
function M.changed(client_id)
  local client = vim.lsp.get_client_by_id(client_id)
  for _, folder in ipairs(client and client.workspace_folders or {}) do
    client:request('blue/status', { uri = folder.uri }, function(err, status)
      if not err and status then
        known[vim.uri_to_fname(folder.uri)] = { client_id = client_id, status = status }
        vim.cmd.redrawstatus()
      end
    end)
  end
end

--- A server is gone. What it said last is not so for ever: nothing is shown where it was asked to end, else that it has
--- ended.
---@param code integer
---@param signal integer
---@param client_id integer
function M.ended(code, signal, client_id)
  for root, said in pairs(known) do
    if said.client_id == client_id then
      known[root] = (code ~= 0 or signal ~= 0) and { client_id = client_id, ended = true } or nil
    end
  end
  vim.schedule(vim.cmd.redrawstatus)
end

--- For a statusline: where the current buffer's repo stands; nothing while that is not known.
function M.line()
  local root = require('blue.root').of_buffer(vim.api.nvim_get_current_buf())
  local said = root and known[root]
  if said and said.ended then
    return 'Blue: ended'
  end
  return said and M.in_short(said.status) or ''
end

return M
