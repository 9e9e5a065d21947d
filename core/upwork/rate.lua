-- One look at the queue for Upwork's front door: at most one request per `spacing` seconds over all processes.
-- People go before background work; within each, tenants take turns; within a tenant, first come first served.
-- KEYS: waiting tickets (hash), turns taken per tenant (hash, '' is the common clock), when the door is free next.
-- ARGV: ticket, tenant, rank of the priority, when it joined ('' at first), longest wait, spacing, grace, now ('' = server).
-- Returns { 1 granted | 0 look again | -1 would wait too long, seconds, when it joined }
local now = tonumber(ARGV[8])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1000000
end
local spacing, grace = tonumber(ARGV[6]), tonumber(ARGV[7])
local mine = { id = ARGV[1], tenant = ARGV[2], rank = tonumber(ARGV[3]), joined = tonumber(ARGV[4]) or now }
local longest = mine.joined + tonumber(ARGV[5]) - now

local free = tonumber(redis.call('GET', KEYS[3]) or '0')
if free > now + 60 then free = now end

local queue = { mine }
local stored = redis.call('HGETALL', KEYS[1])
for i = 1, #stored, 2 do
  if stored[i] ~= mine.id then
    local rank, tenant, joined, due = string.match(stored[i + 1], '^(%d)|([^|]*)|([%d.]+)|([%d.]+)$')
    if due == nil or tonumber(due) + grace < now then
      redis.call('HDEL', KEYS[1], stored[i])
    else
      queue[#queue + 1] = { id = stored[i], tenant = tenant, rank = tonumber(rank), joined = tonumber(joined) }
    end
  end
end

local common = tonumber(redis.call('HGET', KEYS[2], '') or '0')
table.sort(queue, function(a, b)
  if a.rank ~= b.rank then return a.rank < b.rank end
  if a.joined ~= b.joined then return a.joined < b.joined end
  return a.id < b.id
end)
local turns = {}
for _, ticket in ipairs(queue) do
  local key = ticket.rank .. ticket.tenant
  if turns[key] == nil then
    turns[key] = math.max(common, tonumber(redis.call('HGET', KEYS[2], ticket.tenant) or '0'))
  end
  ticket.turn = turns[key]
  turns[key] = turns[key] + 1
end

local ahead = 0
for _, other in ipairs(queue) do
  if other.id ~= mine.id then
    local before = other.rank < mine.rank
    if other.rank == mine.rank then
      before = other.turn < mine.turn
        or (other.turn == mine.turn and (other.joined < mine.joined or (other.joined == mine.joined and other.id < mine.id)))
    end
    if before then ahead = ahead + 1 end
  end
end

local wait = math.max(free - now, 0) + ahead * spacing
local joined = string.format('%.6f', mine.joined)
if wait <= 0 then
  redis.call('HDEL', KEYS[1], mine.id)
  redis.call('HSET', KEYS[2], '', mine.turn, mine.tenant, mine.turn + 1)
  redis.call('SET', KEYS[3], string.format('%.6f', now + spacing), 'EX', 120)
  redis.call('EXPIRE', KEYS[2], 120)
  return { 1, '0', joined }
end
if wait > longest then
  redis.call('HDEL', KEYS[1], mine.id)
  return { -1, string.format('%.6f', wait), joined }
end
local pause = math.min(wait, 0.5)
redis.call('HSET', KEYS[1], mine.id, string.format('%d|%s|%s|%.6f', mine.rank, mine.tenant, joined, now + pause))
redis.call('EXPIRE', KEYS[1], 120)
return { 0, string.format('%.6f', pause), joined }
