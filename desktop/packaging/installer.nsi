; The Windows installer, for one user and without administrator's rights:
;   makensis -DVERSION=1.2.3 -DBIN=path\to\programs -DOUT=strowger-setup.exe installer.nsi
Unicode true
!include MUI2.nsh
!include LogicLib.nsh

Name "Strowger"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\Strowger"
RequestExecutionLevel user
SetCompressor /SOLID lzma
BrandingText "Strowger ${VERSION}"

!define MUI_ICON "strowger.ico"
!define MUI_UNICON "strowger.ico"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Strowger"
!insertmacro MUI_PAGE_LICENSE "../../LICENSE"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_RUN "$INSTDIR\strowger-desktop.exe"
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

VIProductVersion "${FOURFOLD}"
VIAddVersionKey ProductName "Strowger"
VIAddVersionKey FileDescription "Installs Strowger"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey LegalCopyright "The Strowger authors, Apache-2.0"

; Files of a program that runs cannot be replaced: the window ends first, and ends well.
!macro End
  ${If} ${FileExists} "$INSTDIR\strowger-desktop.exe"
    nsExec::Exec '"$INSTDIR\strowger-desktop.exe" --quit'
    Pop $0
    Sleep 3000
  ${EndIf}
!macroend

Section
  !insertmacro End
  SetOutPath "$INSTDIR"
  File "${BIN}/strowger.exe"
  File "${BIN}/strowger-desktop.exe"
  File "strowger.ico"
  File /oname=LICENSE.txt "../../LICENSE"
  CreateShortcut "$SMPROGRAMS\Strowger.lnk" "$INSTDIR\strowger-desktop.exe" "" "$INSTDIR\strowger.ico"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "Strowger"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\strowger.ico"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
SectionEnd

; What was recorded and configured stays.
Section Uninstall
  !insertmacro End
  Delete "$INSTDIR\strowger.exe"
  Delete "$INSTDIR\strowger-desktop.exe"
  Delete "$INSTDIR\strowger.ico"
  Delete "$INSTDIR\LICENSE.txt"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\Strowger.lnk"
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Run" "Strowger"
SectionEnd
