-- The story in a real Neovim: an exporter adds a key that the contract does not have, without saving.
--
--   nvim --clean --headless --cmd 'set rtp^=editors/nvim' -l tests/editors/nvim/story.lua
--
-- `blue` has to be on the PATH. BLUE_STORY_WORLD names a world that `blue demo` has made; without it
-- one is made in a temporary folder. Prints a line a check and the count as the last line; the exit
-- code is 1 if a check failed. Nothing here sleeps: a wait ends when its condition holds, and the
-- limit is only there so that a broken server fails the test instead of hanging it.

local LIMIT_MS = 30000
local NEW_KEY = 'previews/latest.png'
-- When the realm is written to, for both who write.
local NOW = '2026-06-01T09:00:00Z'

local function say(line)
  io.stdout:write(line, '\n')
  io.stdout:flush()
end

local function wait_for(what, condition)
  if not vim.wait(LIMIT_MS, condition, 10) then
    error('waited in vain for ' .. what, 0)
  end
end

local function expect(holds, otherwise)
  if not holds then
    error(otherwise, 0)
  end
end

-- What one step finds out and a later one needs.
local world, buffer, client, added_line, exit_code

local function read(path)
  return table.concat(vim.fn.readfile(path), '\n')
end

--- The files below `dir` that `test` accepts, by path.
local function files(dir, test)
  local found = vim.fs.find(function(name, parent)
    return not parent:find('/%.') and test(name)
  end, { path = dir, type = 'file', limit = math.huge })
  table.sort(found)
  return found
end

--- The exporter's file that calls S3: the edit is to go where the code it resembles is.
local function file_with_s3_calls()
  local python = files(world .. '/aperture', function(name)
    return name:match('%.py$') and not name:match('^test_')
  end)
  for _, path in ipairs(python) do
    local text = read(path)
    if ('\n' .. text):find('\nimport boto3') and text:find('Key=') then
      return path
    end
  end
  error('no file of the exporter imports boto3 and names a Key', 0)
end

local function blue_clients()
  return vim.lsp.get_clients({ name = 'blue' })
end

--- The finding about the key that the edit adds. Nil while there is none.
local function finding()
  for _, diagnostic in ipairs(vim.diagnostic.get(buffer)) do
    if diagnostic.code == 'export-added' and diagnostic.message:find(NEW_KEY, 1, true) then
      return diagnostic
    end
  end
end

local function text_of(contents)
  return table.concat(vim.lsp.util.convert_input_to_markdown_lines(contents), '\n')
end

--- Files whose root the plugin has to find, among these; `false`: it has none.
local ROOT_MARKERS = {
  'home/.blue/config.yaml', -- the user's settings, not a repo
  'home/aperture/.git', -- a file, as in a worktree
  'home/aperture/.blue/config.yaml',
  'home/letemcook/realm.yaml',
  'home/mono/.git',
  'home/mono/fungal-image-analysis/.blue/config.yaml',
}
local ROOTS = {
  ['home/notes.py'] = false,
  ['home/aperture/models/paths.py'] = 'home/aperture',
  ['home/aperture/.blue/config.yaml'] = 'home/aperture',
  ['home/letemcook/domains/s3-access/domain.yaml'] = 'home/letemcook',
  ['home/mono/tool.py'] = 'home/mono',
  ['home/mono/fungal-image-analysis/stack.py'] = 'home/mono/fungal-image-analysis',
}

local function step_roots()
  local top = vim.fn.tempname()
  for _, marker in ipairs(ROOT_MARKERS) do
    vim.fn.mkdir(vim.fs.dirname(top .. '/' .. marker), 'p')
    vim.fn.writefile({}, top .. '/' .. marker)
  end
  local blue_home = vim.env.BLUE_HOME
  vim.env.BLUE_HOME = top .. '/home/.blue'
  for file, expected in pairs(ROOTS) do
    local scratch = vim.fn.bufadd(top .. '/' .. file)
    local found = require('blue.root').of_buffer(scratch)
    vim.cmd.bwipeout(scratch)
    local wanted = expected and top .. '/' .. expected or nil
    expect(found == wanted, ('%s: the root is %s, not %s'):format(file, tostring(found), tostring(wanted)))
  end
  vim.env.BLUE_HOME = blue_home
end

local function step_world()
  world = vim.env.BLUE_STORY_WORLD
  if not world then
    world = vim.fn.tempname()
    local made = vim.system({ 'blue', 'demo', world }, { text = true, timeout = 120000 }):wait()
    expect(made.code == 0, ('blue demo ended with %d: %s%s'):format(made.code, made.stdout, made.stderr))
  end
  -- Through symbolic links the server's and the editor's names for one file would differ.
  world = assert(vim.uv.fs_realpath(world))
end

local function step_attach()
  vim.lsp.config('blue', {
    on_exit = function(code, signal, id)
      exit_code = code
      require('blue.status').ended(code, signal, id)
    end,
  })
  vim.lsp.enable('blue')
  vim.cmd.edit(vim.fn.fnameescape(file_with_s3_calls()))
  buffer = vim.api.nvim_get_current_buf()
  wait_for('the server', function()
    client = vim.lsp.get_clients({ bufnr = buffer, name = 'blue' })[1]
    return client and client.initialized
  end)
end

local function step_root()
  expect(client.root_dir == world .. '/aperture', 'the root is ' .. tostring(client.root_dir))
end

local function step_added()
  local lines = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
  local bucket = table.concat(lines, '\n'):match('Bucket=([%w_."]+)') or '"letemcook"'
  vim.api.nvim_buf_set_lines(buffer, -1, -1, false, {
    '',
    '',
    ('boto3.client("s3").put_object(Bucket=%s, Key="%s", Body=b"")'):format(bucket, NEW_KEY),
  })
  added_line = #lines + 2 -- counted from 0
  wait_for('export-added about ' .. NEW_KEY, finding)
end

local function step_place()
  local found = finding()
  expect(found.lnum == added_line, ('it stands on line %d, not %d'):format(found.lnum + 1, added_line + 1))
  local line = vim.api.nvim_buf_get_lines(buffer, added_line, added_line + 1, false)[1]
  local marked = line:sub(found.col + 1, found.end_col)
  expect(found.end_lnum == added_line and marked:gsub('^"(.*)"$', '%1') == NEW_KEY, 'it marks ' .. marked)
end

local function step_looks()
  local found = finding()
  expect(found.source == 'blue', 'its source is ' .. tostring(found.source))
  expect(found.severity == vim.diagnostic.severity.INFO, 'its severity is ' .. tostring(found.severity))
end

local function step_unsaved()
  expect(vim.bo[buffer].modified, 'the buffer is not modified')
  expect(not read(vim.api.nvim_buf_get_name(buffer)):find(NEW_KEY, 1, true), 'the edit is on disk')
end

--- Waits until the statusline says this of the repo.
local function status_is(words)
  wait_for(('the status "%s"'):format(words), function()
    return vim.api.nvim_eval_statusline("%{v:lua.require'blue.status'.line()}", {}).str == words
  end)
end

--- One contract differs, and what the demo leaves is an error.
local function step_status()
  status_is('Blue ↑1 !1')
end

local function step_hover()
  local position = { line = added_line, character = finding().col + 1 } -- ASCII: any encoding
  local params = { textDocument = { uri = vim.uri_from_bufnr(buffer) }, position = position }
  local answer, problem = client:request_sync('textDocument/hover', params, LIMIT_MS, buffer)
  expect(answer, 'no answer: ' .. tostring(problem))
  expect(not answer.err, vim.inspect(answer.err))
  expect(answer.result and answer.result ~= vim.NIL, 'the answer is empty')
  local text = text_of(answer.result.contents)
  for _, word in ipairs({ 's3-permissions', NEW_KEY }) do
    expect(text:find(word, 1, true), ('"%s" is not in: %s'):format(word, text))
  end
end

--- Has the one action made whose title holds `words`, as a person who picks it from the menu.
local function act(words)
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      return action.title:find(words, 1, true) ~= nil
    end,
  })
end

local function step_not_a_site()
  vim.api.nvim_win_set_cursor(0, { added_line + 1, finding().col + 1 })
  act('not-a-site')
  wait_for('the finding to go', function()
    return not finding()
  end)
  local comment = vim.api.nvim_buf_get_lines(buffer, added_line, added_line + 1, false)[1]
  expect(comment:find('^# blue: not%-a%-site'), 'the line above is ' .. comment)
  vim.api.nvim_buf_set_lines(buffer, added_line, added_line + 1, false, {})
  wait_for('the finding to come back', finding)
end

local function step_undo()
  for _ = 1, 3 do -- what a script does may be one step or several
    if vim.bo[buffer].modified then
      vim.cmd('silent undo')
    end
  end
  expect(not vim.bo[buffer].modified, 'the buffer is still modified')
  wait_for('the finding to go', function()
    return not finding()
  end)
end

--- Runs something to its end; what it printed.
local function system(command)
  local done = vim.system(command, { text = true, timeout = 120000 }):wait()
  expect(done.code == 0, ('%s: %s%s'):format(table.concat(command, ' '), done.stdout, done.stderr))
  return done.stdout
end

--- The branches of a realm's remote and the commits they are at.
local function branches(of)
  return system({ 'git', '-C', of .. '/realm-letemcook.git', 'for-each-ref', 'refs/heads', '--format=%(refname) %(objectname)' })
end

--- Waits for a question, and gives the answer that holds `words`; what was asked.
local function answering(words, work)
  local select, asked = vim.ui.select, nil
  vim.ui.select = function(items, opts, on_choice)
    asked = opts.prompt
    for _, item in ipairs(items) do
      if item.title:find(words, 1, true) then
        return on_choice(item)
      end
    end
    on_choice(nil)
  end
  work()
  wait_for('a question', function()
    return asked
  end)
  vim.ui.select = select
  return asked
end

--- What the person in front of the editor is told, from now on.
local function listen()
  local said, notify = {}, vim.notify
  vim.notify = function(message, ...)
    table.insert(said, message)
    return notify(message, ...)
  end
  return said
end

local function wait_for_words(said, words)
  wait_for('the words ' .. words, function()
    return table.concat(said, '\n'):find(words, 1, true)
  end)
end

--- The same change in another world, synced by the command: both realms end as the same commits.
local function step_sync()
  local path = vim.api.nvim_buf_get_name(buffer)
  local twin = vim.fn.tempname()
  system({ 'blue', 'demo', twin })
  twin = assert(vim.uv.fs_realpath(twin))
  local lines = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
  local bucket = table.concat(lines, '\n'):match('Bucket=([%w_."]+)') or '"letemcook"'
  local line = ('boto3.client("s3").put_object(Bucket=%s, Key="%s", Body=b"")'):format(bucket, NEW_KEY)
  vim.api.nvim_buf_set_lines(buffer, -1, -1, false, { '', '', line })
  wait_for('export-added about ' .. NEW_KEY, finding)
  local before = branches(world)
  local said = listen()

  -- Not saved yet: the server asks to have it saved, and this client saves it.
  local asked = answering('Save first', function()
    vim.cmd('Blue sync')
  end)
  expect(asked:find('not saved', 1, true), 'the question is ' .. asked)
  local question = answering('Do not push', function() end)
  wait_for_words(said, 'Nothing was written')
  expect(not vim.bo[buffer].modified, 'the buffer was not saved')
  expect(question:find('Push to letemcook?', 1, true), 'the question is ' .. question)
  expect(branches(world) == before, 'something was pushed that nobody agreed to')

  answering('Push', function()
    vim.cmd('Blue sync')
  end)
  wait_for_words(said, 'pushed to letemcook')
  vim.fn.writefile(vim.fn.readfile(path), twin .. path:sub(#world + 1))
  system({ 'blue', '-C', twin .. '/aperture', 'realm', 'sync' })
  expect(branches(world) ~= before, 'nothing was pushed')
  expect(branches(world) == branches(twin), ('the realms differ:\n%s\n%s'):format(branches(world), branches(twin)))
  wait_for('the finding to say that it is pending', function()
    local found = finding()
    return found and found.severity == vim.diagnostic.severity.HINT
  end)

  -- As a code action, on the importer's side.
  local stack = world .. '/fungal-image-analysis/infra/stack.py'
  local granted = {}
  for _, written in ipairs(vim.fn.readfile(stack)) do
    table.insert(granted, written)
    if written:find('jobs/*/out.json', 1, true) then
      table.insert(granted, (written:gsub('jobs/%*/out%.json', NEW_KEY)))
    end
  end
  for _, place in ipairs({ world, twin }) do
    vim.fn.writefile(granted, place .. '/fungal-image-analysis/infra/stack.py')
  end
  vim.cmd.edit(vim.fn.fnameescape(stack))
  local opened = vim.api.nvim_get_current_buf()
  local function pending()
    return vim.iter(vim.diagnostic.get(opened)):find(function(diagnostic)
      return diagnostic.code == 'import-pending'
    end)
  end
  wait_for('import-pending', pending)
  vim.api.nvim_win_set_cursor(0, { pending().lnum + 1, pending().col })
  answering('Push', function()
    act('Acknowledge s3-permissions 2') -- not the one for the whole file
  end)
  wait_for_words(said, 'fungal-image-analysis follows')
  system({ 'blue', '-C', twin .. '/fungal-image-analysis', 'ack' })
  expect(branches(world) == branches(twin), ('the realms differ:\n%s\n%s'):format(branches(world), branches(twin)))
  vim.cmd.buffer(buffer)
end

local function step_importer()
  local importer = world .. '/fungal-image-analysis'
  local sources = files(importer, function(name)
    return name:match('%.py$') or name:match('%.ts$')
  end)
  expect(sources[1], 'the importer has no source file')
  vim.cmd.edit(vim.fn.fnameescape(sources[1]))
  local opened = vim.api.nvim_get_current_buf()
  wait_for('a server for ' .. sources[1], function()
    local serving = vim.lsp.get_clients({ bufnr = opened, name = 'blue' })[1]
    return serving and serving.initialized and vim.iter(serving.workspace_folders):any(function(folder)
      return vim.uri_to_fname(folder.uri) == importer
    end)
  end)
end

--- The text of the hover over the first place in a buffer where `words` stand.
local function hover_over(opened, words)
  local lines = vim.api.nvim_buf_get_lines(opened, 0, -1, false)
  for number, line in ipairs(lines) do
    local at = line:find(words, 1, true)
    if at then
      local params = {
        textDocument = { uri = vim.uri_from_bufnr(opened) },
        position = { line = number - 1, character = at }, -- ASCII: any encoding
      }
      local answer = client:request_sync('textDocument/hover', params, LIMIT_MS, opened)
      local found = answer and answer.result
      return found and found ~= vim.NIL and text_of(found.contents) or ''
    end
  end
  error(words .. ' is not in the buffer', 0)
end

local function step_insert()
  local policies = files(world .. '/fungal-image-analysis', function(name)
    return name == 'stack.py'
  end)
  vim.cmd.edit(vim.fn.fnameescape(policies[1]))
  local opened = vim.api.nvim_get_current_buf()
  local function uncovered()
    return vim.iter(vim.diagnostic.get(opened)):find(function(diagnostic)
      return diagnostic.code == 'import-uncovered'
    end)
  end
  local lines = vim.api.nvim_buf_get_lines(opened, 0, -1, false)
  for number, line in ipairs(lines) do
    if line:find('jobs/*/out.json', 1, true) then
      vim.api.nvim_buf_set_lines(opened, number - 1, number, false, {})
    end
  end
  wait_for('import-uncovered', uncovered)
  local found = uncovered()
  local missing = assert(found.message:match('`([^`]+)`'), found.message)
  vim.api.nvim_win_set_cursor(0, { found.lnum + 1, found.col })
  act('Insert `' .. missing .. '` here')
  wait_for('the finding to go', function()
    return not uncovered()
  end)
  local text = table.concat(vim.api.nvim_buf_get_lines(opened, 0, -1, false), '\n')
  expect(text:find('\n%s+f"{OBJECTS}/' .. vim.pesc(missing) .. '",\n'), 'it is not written as its neighbours: ' .. text)
end

local function step_realm_hover()
  local contracts = files(world, function(name)
    return name == 's3-permissions.yaml'
  end)
  vim.cmd.edit(vim.fn.fnameescape(contracts[1]))
  local opened = vim.api.nvim_get_current_buf()
  wait_for('a server for ' .. contracts[1], function()
    local serving = vim.lsp.get_clients({ bufnr = opened, name = 'blue' })[1]
    return serving and serving.initialized
  end)
  wait_for('the words about the contract', function()
    return hover_over(opened, 's3-permissions'):find('Exported by aperture', 1, true)
  end)
  local key = hover_over(opened, 'compatibility:')
  expect(key:find('promises', 1, true), 'the words about a key are: ' .. key)
end

local function step_one_server()
  local folders = vim.tbl_get(client.server_capabilities, 'workspace', 'workspaceFolders') or {}
  local expected = folders.supported and folders.changeNotifications and 1 or 2
  expect(#blue_clients() == expected, ('%d servers run, not %d'):format(#blue_clients(), expected))
end

local function step_health()
  vim.cmd('silent checkhealth blue')
  local report = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  expect(not report:find('ERROR', 1, true), report)
  expect(not report:find('WARNING', 1, true), report)
  for _, word in ipairs({ 'Neovim ' .. tostring(vim.version()), vim.fn.exepath('blue'), 'takes part in a realm' }) do
    expect(report:find(word, 1, true), ('"%s" is not in: %s'):format(word, report))
  end
end

local function step_stop()
  for _, running in ipairs(blue_clients()) do
    running:stop()
  end
  wait_for('the server to end', function()
    return exit_code ~= nil and #blue_clients() == 0
  end)
  expect(exit_code == 0, 'its exit code is ' .. tostring(exit_code))
  expect(require('blue.status').line() == '', 'the statusline still says ' .. require('blue.status').line())
end

local here = vim.fs.dirname(vim.fs.normalize(debug.getinfo(1, 'S').source:sub(2)))
local COMMANDS = dofile(here .. '/commands.lua')({
  expect = expect,
  wait_for = wait_for,
  wait_for_words = wait_for_words,
  listen = listen,
  answering = answering,
  act = act,
  system = system,
  world = function()
    return world
  end,
})

local STEPS = {
  { 'the nearest repo or realm is the root', step_roots },
  { 'the demo world is there', step_world },
  { 'vim.lsp.enable attaches the server', step_attach },
  { 'the root is the repo', step_root },
  { 'an unsaved new key is export-added', step_added },
  { 'the finding marks the key', step_place },
  { 'the finding is an info from blue', step_looks },
  { 'nothing was saved', step_unsaved },
  { 'the statusline counts what differs', step_status },
  { 'hover names the contract and the pattern', step_hover },
  { 'a code action says that it is no site', step_not_a_site },
  { 'the finding goes when the edit is undone', step_undo },
  { 'sync and acknowledge leave the same realm as the commands', step_sync },
  { 'the importer is served too', step_importer },
  { 'a code action inserts the missing grant', step_insert },
  { 'hover in the realm tells names and keys', step_realm_hover },
  { 'folders share a server that can take them in', step_one_server },
  { 'checkhealth has nothing to complain about', step_health },
  { 'the server ends when asked', step_stop },
}

--- What helps to see why a step failed: all that Blue said so far, and the end of Neovim's log.
local function explain()
  for _, diagnostic in ipairs(buffer and vim.diagnostic.get(buffer) or {}) do
    say(('# %d: %s: %s'):format(diagnostic.lnum + 1, tostring(diagnostic.code), diagnostic.message))
  end
  local log = vim.lsp.log.get_filename()
  local lines = vim.fn.filereadable(log) == 1 and vim.fn.readfile(log) or {}
  for _, line in ipairs(vim.list_slice(lines, math.max(1, #lines - 20))) do
    say('# ' .. line)
  end
end

-- The commands stand behind the sync, in the exporter's file.
for at, step in ipairs(STEPS) do
  if step[2] == step_sync then
    for number, command in ipairs(COMMANDS) do
      table.insert(STEPS, at + number, command)
    end
    break
  end
end

local function main()
  vim.cmd('filetype on') -- `-l` starts without it
  vim.env.GIT_COMMITTER_DATE = NOW
  local passed, failed = 0, 0
  for _, step in ipairs(STEPS) do
    local name, run = step[1], step[2]
    -- A step stands on those before it: after a failure the rest count as failed, not as absent.
    local ok, problem = false, 'not reached'
    if failed == 0 then
      ok, problem = xpcall(run, function(raised)
        return type(raised) == 'string' and raised or debug.traceback(vim.inspect(raised))
      end)
    end
    if ok then
      passed = passed + 1
      say('ok - ' .. name)
    else
      failed = failed + 1
      say(('not ok - %s: %s'):format(name, problem))
      if failed == 1 then
        explain()
      end
    end
  end
  say(('nvim: %d passed, %d failed'):format(passed, failed))
  vim.cmd(failed == 0 and 'qall!' or 'cquit 1')
end

main()
