local function quicksort(a, lo, hi)
  while lo < hi do
    local p = a[lo + math.floor((hi - lo + 1) / 2)]
    local i, j = lo, hi
    while i <= j do
      while a[i] < p do i = i + 1 end
      while a[j] > p do j = j - 1 end
      if i <= j then
        a[i], a[j] = a[j], a[i]
        i = i + 1; j = j - 1
      end
    end
    quicksort(a, lo, j)
    lo = i
  end
end
local function random(n, x)
  local a = {}
  for i = 1, n do x = x * 16807 % 2147483647; a[i] = x end
  return a
end
local a = random(500000, 42)
quicksort(a, 1, #a)
local b = random(200000, 4711)
table.sort(b, function(x, y) return x < y end)
print(a[1], a[#a / 2 + 1], b[1], b[#b / 2 + 1])
