local m, n, x = {}, 0, 42
for i = 0, 499999 do
  x = x * 16807 % 2147483647
  if m[x] == nil then n = n + 1 end
  m[x] = i
end
local hits, sum = 0, 0
x = 42
for i = 1, 1000000 do
  x = x * 16807 % 2147483647
  local v = m[x]
  if v then hits = hits + 1; sum = sum + v end
end
local count, cn = {}, 0
for i = 1, 2000000 do
  x = x * 16807 % 2147483647
  local k = x % 65536
  local c = count[k]
  if c then count[k] = c + 1 else count[k] = 1; cn = cn + 1 end
end
print(n, hits, sum, cn)
