# compile_together(TARGET) compiles the files of each folder of TARGET in groups, a group as one:
# what they include costs several times what they say. Files of one folder therefore share what
# stands in their unnamed namespaces, and no two of them may define the same name there.
#
# POSTERN_GROUP_FILES is how many files a group has at most; 0 compiles each alone, as tools want it
# that read compile_commands.json.

set(POSTERN_GROUP_FILES 12 CACHE STRING
  "How many files of a folder are compiled as one at most; 0: each alone.")

function(compile_together target)
  if(POSTERN_GROUP_FILES EQUAL 0)
    return()
  endif()
  get_target_property(files ${target} SOURCES)
  list(FILTER files INCLUDE REGEX "\\.cpp$")
  list(SORT files)
  set(folders "")
  foreach(file IN LISTS files)
    cmake_path(IS_ABSOLUTE file is_generated)
    if(NOT is_generated)
      cmake_path(GET file PARENT_PATH folder)
      string(MAKE_C_IDENTIFIER "${target}/${folder}" folder)
      list(APPEND folders ${folder})
      list(APPEND files_of_${folder} "${file}")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES folders)
  foreach(folder IN LISTS folders)
    # As many groups as are needed, all of about one size.
    list(LENGTH files_of_${folder} count)
    math(EXPR groups "(${count} + ${POSTERN_GROUP_FILES} - 1) / ${POSTERN_GROUP_FILES}")
    set(index 0)
    foreach(file IN LISTS files_of_${folder})
      math(EXPR group "${index} * ${groups} / ${count} + 1")
      set_source_files_properties("${file}" PROPERTIES UNITY_GROUP "${folder}_${group}")
      math(EXPR index "${index} + 1")
    endforeach()
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()
