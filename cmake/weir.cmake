# weir_module(NAME SOURCES ... ALONE ... LINK ... PRIVATE_LINK ...): one static library weir_NAME from src/NAME. The modules it
# links are those that cmake/include_table.txt lets it include; LINK names third-party targets its public headers need,
# PRIVATE_LINK others. ALONE are sources that WEIR_UNITY leaves by themselves, as they share names with others of the module.
add_library(weir_policy INTERFACE)
target_include_directories(weir_policy INTERFACE ${CMAKE_SOURCE_DIR}/src)
# Optimizing, g++ 12 suspects the optional of every aggregate of being uninitialized.
target_compile_options(weir_policy INTERFACE -Wall -Wextra -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
                                             -Wno-maybe-uninitialized $<$<BOOL:${WEIR_WERROR}>:-Werror>)
if(WEIR_UNITY)
  # They would tell of sources that have nothing to do with each other.
  target_compile_options(weir_policy INTERFACE -Wno-shadow -Wno-subobject-linkage)
endif()
if(WEIR_SANITIZE)
  target_compile_options(weir_policy INTERFACE -fsanitize=${WEIR_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  target_link_options(weir_policy INTERFACE -fsanitize=${WEIR_SANITIZE})
endif()

file(STRINGS ${CMAKE_SOURCE_DIR}/cmake/include_table.txt include_table_lines REGEX "^[a-z]")
set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/include_table.txt)
foreach(line ${include_table_lines})
  string(REPLACE "|" ";" columns "${line}")
  list(GET columns 0 name)
  list(GET columns 1 uses)
  string(STRIP "${name}" name)
  string(STRIP "${uses}" uses)
  separate_arguments(uses)
  set(WEIR_USES_${name} ${uses})
endforeach()

# Where WEIR_UNITY is on, compiles a target's sources eight at a time but for those named here.
function(weir_join TARGET)
  if(WEIR_UNITY)
    set_target_properties(${TARGET} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    if(ARGN)
      set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endif()
endfunction()

function(weir_module NAME)
  cmake_parse_arguments(M "" "" "SOURCES;ALONE;LINK;PRIVATE_LINK" ${ARGN})
  add_library(weir_${NAME} STATIC ${M_SOURCES} ${M_ALONE})
  target_link_libraries(weir_${NAME} PUBLIC weir_policy fmt::fmt Threads::Threads ${M_LINK} PRIVATE ${M_PRIVATE_LINK})
  weir_join(weir_${NAME} ${M_ALONE})
  foreach(used ${WEIR_USES_${NAME}})
    target_link_libraries(weir_${NAME} PUBLIC weir_${used})
  endforeach()
endfunction()

# weir_test(NAME SOURCES ... ALONE ... LINK ... LABEL unit|kafka): a GoogleTest program, registered with its label and a time limit.
function(weir_test NAME)
  cmake_parse_arguments(T "" "LABEL;TIMEOUT" "SOURCES;ALONE;LINK" ${ARGN})
  add_executable(${NAME} ${T_SOURCES} ${T_ALONE})
  weir_join(${NAME} ${T_ALONE})
  target_link_libraries(${NAME} PRIVATE weir_policy ${T_LINK} GTest::gmock_main)
  target_include_directories(${NAME} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 120)
  endif()
  add_test(NAME ${NAME} COMMAND ${NAME})
  set_tests_properties(${NAME} PROPERTIES LABELS "${T_LABEL}" TIMEOUT ${T_TIMEOUT})
endfunction()
