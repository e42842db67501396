local function a(i, j) return 1 / ((i + j) * (i + j + 1) // 2 + i + 1) end
local function mulAv(v, out, n)
  for i = 0, n - 1 do
    local sum = 0
    for j = 0, n - 1 do sum = sum + a(i, j) * v[j] end
    out[i] = sum
  end
end
local function mulAtv(v, out, n)
  for i = 0, n - 1 do
    local sum = 0
    for j = 0, n - 1 do sum = sum + a(j, i) * v[j] end
    out[i] = sum
  end
end
local n, u, v, t = 400, {}, {}, {}
for i = 0, n - 1 do u[i] = 1 end
for i = 1, 10 do mulAv(u, t, n); mulAtv(t, v, n); mulAv(v, t, n); mulAtv(t, u, n) end
local vbv, vv = 0, 0
for i = 0, n - 1 do vbv = vbv + u[i] * v[i]; vv = vv + v[i] * v[i] end
print(string.format("%0.9f", math.sqrt(vbv / vv)))
