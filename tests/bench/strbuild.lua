local total = 0
for round = 1, 20 do
  local buf, n = {}, 0
  for i = 0, 49999 do
    buf[n + 1] = "item "; buf[n + 2] = tostring(i); buf[n + 3] = ";"
    n = n + 3
  end
  local s = table.concat(buf)
  local _, c = s:gsub("99;", "99;")
  total = total + #s + c
  local parts, m, at = {}, 0, 1
  while true do
    local e = s:find(";", at, true)
    m = m + 1
    if not e then parts[m] = s:sub(at); break end
    parts[m] = s:sub(at, e - 1)
    at = e + 1
  end
  total = total + m + #table.concat(parts, ",")
  total = total + #s:upper() + s:find("item 49999", 1, true) - 1
end
print(total)
