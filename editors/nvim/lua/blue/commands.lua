-- `:Blue sync` and its like: what the server does to a realm, asked for by name. The server shows what it
-- would push and asks; here is only how it is reached.

local M = {}

--- What can be asked for: the server's command, and which of its arguments the word behind it is.
local VERBS = {
  sync = { 'blue.sync', 'contract' },
  acknowledge = { 'blue.acknowledge', 'contract' },
  worktree = { 'blue.worktree', 'rfc' },
  check = { 'blue.check' },
  refresh = { 'blue.refresh' },
  graph = { 'blue.showGraph', 'domain' },
}

---@param bufnr integer
---@return vim.lsp.Client?
local function client_of(bufnr)
  return vim.lsp.get_clients({ name = 'blue', bufnr = bufnr })[1] or vim.lsp.get_clients({ name = 'blue' })[1]
end

--- The buffer that a command is about: the current one, or where that is no file (a drawing, say) the one of the window before.
---@return integer
local function subject()
  local bufnr = vim.api.nvim_get_current_buf()
  local before = vim.fn.winnr('#')
  if vim.bo[bufnr].buftype ~= '' and before > 0 then
    return vim.fn.winbufnr(before)
  end
  return bufnr
end

local function say(message)
  vim.notify('Blue: ' .. message, vim.log.levels.WARN)
end

---@param verb string
---@param word string?
function M.run(verb, word)
  local command, takes = unpack(VERBS[verb] or {})
  if not command then
    return say(('there is no `:Blue %s`'):format(verb))
  end
  local bufnr = subject()
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
  client:exec_cmd({ title = verb, command = command, arguments = { about } }, { bufnr = bufnr })
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

--- A drawing of the server's (`blue/showDrawing`), in a window of its own: the same one when it is asked for
--- again. True: it is shown.
---@param drawing { title: string, format: string, text: string }
function M.show_drawing(drawing)
  if drawing.format ~= 'text' then
    return false
  end
  local name = 'blue://drawing'
  local bufnr = vim.fn.bufnr('^' .. name .. '$')
  if bufnr == -1 then
    bufnr = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_name(bufnr, name)
    vim.bo[bufnr].bufhidden = 'wipe'
    vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = bufnr, desc = 'Close this window' })
  end
  vim.bo[bufnr].modifiable = true
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, vim.split(vim.trim(drawing.text), '\n'))
  vim.bo[bufnr].modifiable = false
  local window = vim.fn.bufwinid(bufnr)
  if window == -1 then
    local lines = vim.api.nvim_buf_line_count(bufnr)
    local height = math.min(lines, math.max(3, math.floor(vim.o.lines / 2)))
    window = vim.api.nvim_open_win(bufnr, true, { split = 'below', height = height })
    vim.wo[window].wrap = false
    vim.wo[window].number = false
  end
  vim.wo[window].statusline = drawing.title
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
