#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <time.h>
static int cb(pcre2_callout_enumerate_block *b, void *p){ printf("   %zu len %zu '%.*s'\n", b->pattern_position, b->next_item_length,(int)(b->next_item_length),(const char*)p+b->pattern_position); return 0;}
int main(int c,char**v){
 uint32_t o=PCRE2_UTF|PCRE2_UCP|PCRE2_ANCHORED|PCRE2_NO_AUTO_POSSESS|PCRE2_NO_START_OPTIMIZE;
 const char*pats[]={"a","(?m)^a","(?m)a\n^b$","\\ba","\\Aa","^a","(?<=abc)d","a$","(?m)a$","a\\Z","\\Xa","a++","(?>a)b","(a)(?R)?b","(?|a|b)","(?(1)a|b)","(?1)(a)","\\g<1>(b)","\\k<n>(?<n>a)","(?:a|b)*+","(*F)","a(*COMMIT)b","(*atomic:a)b","(*pla:a)","(?=a)","(?#hello)a","\\Ga","(?C1)a","\\1(a)","a\\Kb","\\N{U+41}","(?i:a)(?x) a b # c","(*napla:a)","(?*a)","(*sr:a)","(?(DEFINE)(?<x>a))(?&x)","(?P>n)(?<n>a)","\\R","[[:<:]]a","a?+","(?(?=a)a|b)", "a{2,3}+", "(?P=n)(?<n>a)"};
 for(size_t i=0;i<sizeof pats/sizeof*pats;i++){int n;size_t off;pcre2_code*k=pcre2_compile((PCRE2_SPTR)pats[i],strlen(pats[i]),o|PCRE2_AUTO_CALLOUT,&n,&off,0);
  if(!k){printf("%s: error %d at %zu\n",pats[i],n,off);continue;}
  uint32_t lb;pcre2_pattern_info(k,PCRE2_INFO_MAXLOOKBEHIND,&lb);printf("%s  lookbehind %u\n",pats[i],lb);
  pcre2_callout_enumerate(k,cb,(void*)pats[i]);
 }
 // workspace
 const char*p="(?:[a-z]+( [a-z]+){0,5}\\.)\\z";int n;size_t off;pcre2_code*k=pcre2_compile((PCRE2_SPTR)p,strlen(p),o,&n,&off,0);
 int ws[200];pcre2_match_data*md=pcre2_match_data_create(8,0);
 const char*t="abc de fgh.";
 for(int j=0;t[j];j++){int r=pcre2_dfa_match(k,(PCRE2_SPTR)t,j+1,j,PCRE2_PARTIAL_HARD|PCRE2_NO_UTF_CHECK|(j?PCRE2_DFA_RESTART:0),md,0,ws,200);
  int saved[200];memcpy(saved,ws,sizeof ws);
  printf("%c r=%d flag %d count %d:",t[j],r,ws[0],ws[1]);
  int half=((200-2)-((200-2)%6))/6; int*blk=ws+2+(ws[0]?half*3:0);
  for(int q=0;q<ws[1];q++)printf(" (%d %d %d)",blk[3*q],blk[3*q+1],blk[3*q+2]);
  printf("\n");
 }
 // from canonical
 struct timespec a,b;clock_gettime(CLOCK_MONOTONIC,&a);int w2[200];
 for(int i=0;i<1000000;i++){memcpy(w2,ws,sizeof(int)*20);w2[0]=0;w2[1]=2;pcre2_dfa_match(k,(PCRE2_SPTR)"xd",2,1,PCRE2_PARTIAL_HARD|PCRE2_NO_UTF_CHECK|PCRE2_DFA_RESTART,md,0,w2,200);}
 clock_gettime(CLOCK_MONOTONIC,&b);printf("%f us\n",((b.tv_sec-a.tv_sec)*1e9+(b.tv_nsec-a.tv_nsec))/1e9);
}
