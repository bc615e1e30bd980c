-- `:Blue sync` and its like: what the server does to a realm, asked for by name. The server shows what it
-- would push and asks; here is only how it is reached.

local M = {}

--- What can be asked for, and what the word behind it is: the argument of the server's command.
local VERBS = {
  sync = 'contract',
  acknowledge = 'contract',
  worktree = 'rfc',
  check = false,
  refresh = false,
}

---@param bufnr integer
---@return vim.lsp.Client?
local function client_of(bufnr)
  return vim.lsp.get_clients({ name = 'blue', bufnr = bufnr })[1] or vim.lsp.get_clients({ name = 'blue' })[1]
end

local function say(message)
  vim.notify('Blue: ' .. message, vim.log.levels.WARN)
end

---@param verb string
---@param word string?
function M.run(verb, word)
  local takes = VERBS[verb]
  if takes == nil then
    return say(('there is no `:Blue %s`'):format(verb))
  end
  local bufnr = vim.api.nvim_get_current_buf()
  local client = client_of(bufnr)
  if not client then
    return say('no server runs here; `:checkhealth blue` says why')
  end
  local about = vim.empty_dict()
  if vim.bo[bufnr].buftype == '' and vim.api.nvim_buf_get_name(bufnr) ~= '' then
    about.uri = vim.uri_from_bufnr(bufnr)
  end
  if takes and word then
    about[takes] = word
  end
  client:exec_cmd({ title = verb, command = 'blue.' .. verb, arguments = { about } }, { bufnr = bufnr })
end

--- The server reads what is on disk, and asks to have edits saved first (`blue/save`). True: all are.
---@param uris string[]
function M.save(uris)
  for _, uri in ipairs(uris) do
    local bufnr = vim.uri_to_bufnr(uri)
    if vim.bo[bufnr].modified then
      local saved = pcall(vim.api.nvim_buf_call, bufnr, function()
        vim.cmd('silent write')
      end)
      if not saved or vim.bo[bufnr].modified then
        return false
      end
    end
  end
  return true
end

function M.create()
  vim.api.nvim_create_user_command('Blue', function(asked)
    M.run(asked.fargs[1], asked.fargs[2])
  end, {
    nargs = '+',
    desc = 'Have Blue do something to a realm',
    complete = function(lead, line)
      if #vim.split(line, '%s+') > 2 then
        return {}
      end
      local verbs = vim.tbl_keys(VERBS)
      table.sort(verbs)
      return vim.tbl_filter(function(verb)
        return vim.startswith(verb, lead)
      end, verbs)
    end,
  })
end

return M
