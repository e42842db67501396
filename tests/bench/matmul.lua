local function matrix(n, seed)
  local m, t = {}, seed / n / n
  for i = 0, n - 1 do
    local row = {}
    for j = 0, n - 1 do row[j] = t * (i - j) * (i + j) end
    m[i] = row
  end
  return m
end
local function mul(a, b, n)
  local bt = {}
  for i = 0, n - 1 do
    local row = {}
    for j = 0, n - 1 do row[j] = b[j][i] end
    bt[i] = row
  end
  local c = {}
  for i = 0, n - 1 do
    local row, ai = {}, a[i]
    for j = 0, n - 1 do
      local sum, bj = 0, bt[j]
      for k = 0, n - 1 do sum = sum + ai[k] * bj[k] end
      row[j] = sum
    end
    c[i] = row
  end
  return c
end
local n = 300
local c = mul(matrix(n, 1), matrix(n, 2), n)
print(string.format("%.6f", c[n // 2][n // 2]))
